package io.flinkmistral.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.operator.serialization.CompletionRequestSerializer;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionRequest;
import java.util.List;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.junit.jupiter.api.Test;

class MistralTypesTest {
  private static final List<TypeInformation<?>> ALL =
      List.of(MistralTypes.REQUEST, MistralTypes.EVENT, MistralTypes.CONVERSATION);

  @Test
  void eachIsOneValueOfItsClassWithASerializerOfItsOwn() {
    assertThat(MistralTypes.REQUEST.getTypeClass()).isEqualTo(CompletionRequest.class);
    assertThat(MistralTypes.EVENT.getTypeClass()).isEqualTo(CompletionEvent.class);
    assertThat(MistralTypes.REQUEST.createSerializer(new SerializerConfigImpl()))
        .isSameAs(CompletionRequestSerializer.INSTANCE);
    assertThat(ALL)
        .allSatisfy(
            type -> {
              assertThat(type.getArity()).isEqualTo(1);
              assertThat(type.getTotalFields()).isEqualTo(1);
              assertThat(type.isBasicType()).isFalse();
              assertThat(type.isTupleType()).isFalse();
              assertThat(type).hasToString(type.getTypeClass().getSimpleName());
            });
  }

  @Test
  void onlyConversationsAreKeys() {
    assertThat(ALL).filteredOn(TypeInformation::isKeyType).containsOnly(MistralTypes.CONVERSATION);
  }

  @Test
  void theyAreEqualByTheirClass() {
    assertThat(MistralTypes.REQUEST)
        .isEqualTo(MistralTypes.REQUEST)
        .isNotEqualTo(MistralTypes.EVENT)
        .isNotEqualTo(TypeInformation.of(String.class));
    assertThat(ALL.stream().map(Object::hashCode)).doesNotHaveDuplicates().doesNotContain(0);
    assertThat(MistralTypes.REQUEST.canEqual(MistralTypes.EVENT)).isTrue();
    assertThat(MistralTypes.REQUEST.canEqual("a text")).isFalse();
  }
}

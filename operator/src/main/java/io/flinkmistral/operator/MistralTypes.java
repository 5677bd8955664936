package io.flinkmistral.operator;

import io.flinkmistral.operator.serialization.ClientRecordSerializer;
import io.flinkmistral.operator.serialization.CompletionEventSerializer;
import io.flinkmistral.operator.serialization.CompletionRequestSerializer;
import io.flinkmistral.protocol.ClientRecord;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionRequest;
import java.util.Objects;
import org.apache.flink.api.common.serialization.SerializerConfig;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;

/** Flink's type information of what goes into the operator and comes out of it. */
public final class MistralTypes {
  public static final TypeInformation<CompletionRequest> REQUEST =
      new ValueType<>(CompletionRequest.class, CompletionRequestSerializer.INSTANCE);

  /** Of requests, and of all else that clients send. */
  public static final TypeInformation<ClientRecord> CLIENT_RECORD =
      new ValueType<>(ClientRecord.class, ClientRecordSerializer.INSTANCE);

  public static final TypeInformation<CompletionEvent> EVENT =
      new ValueType<>(CompletionEvent.class, CompletionEventSerializer.INSTANCE);

  /** Of the keys. */
  static final TypeInformation<ConversationKey> CONVERSATION =
      new ValueType<>(ConversationKey.class, ConversationKey.Serializer.INSTANCE);

  private MistralTypes() {}

  /** An immutable value with a serializer of its own. */
  private static final class ValueType<T> extends TypeInformation<T> {
    private static final long serialVersionUID = 1L;

    private final Class<T> type;
    private final TypeSerializer<T> serializer;

    ValueType(Class<T> type, TypeSerializer<T> serializer) {
      this.type = type;
      this.serializer = serializer;
    }

    @Override
    public TypeSerializer<T> createSerializer(SerializerConfig config) {
      return serializer;
    }

    @Override
    public Class<T> getTypeClass() {
      return type;
    }

    @Override
    public boolean isBasicType() {
      return false;
    }

    @Override
    public boolean isTupleType() {
      return false;
    }

    @Override
    public boolean isKeyType() {
      return type == ConversationKey.class;
    }

    @Override
    public int getArity() {
      return 1;
    }

    @Override
    public int getTotalFields() {
      return 1;
    }

    @Override
    public String toString() {
      return type.getSimpleName();
    }

    @Override
    public boolean canEqual(Object other) {
      return other instanceof ValueType<?>;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof ValueType<?> that && type == that.type;
    }

    @Override
    public int hashCode() {
      return Objects.hash(type);
    }
  }
}

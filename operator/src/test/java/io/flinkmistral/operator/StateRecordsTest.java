package io.flinkmistral.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.generation.Generation;
import io.flinkmistral.operator.serialization.CompletionRequestSerializer;
import io.flinkmistral.operator.serialization.Wire;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;

/** What the records of keyed state are by themselves. */
class StateRecordsTest {
  private static final ConversationHeader HEADER =
      new ConversationHeader(3, 5, 1000, "tok", "kv", 2, 60, 7, 8, false, 1, 9);

  @Test
  void aHeaderChangesInOneRespectAlone() {
    assertThat(HEADER.queued()).isEqualTo(1);
    assertThat(HEADER.withQueue(4, 9))
        .isEqualTo(new ConversationHeader(4, 9, 1000, "tok", "kv", 2, 60, 7, 8, false, 1, 9));
    assertThat(HEADER.withQueue(4, 9, 3))
        .isEqualTo(new ConversationHeader(4, 9, 1000, "tok", "kv", 2, 60, 7, 8, false, 3, 9));
    assertThat(HEADER.withHistory(11, "t2"))
        .isEqualTo(new ConversationHeader(3, 5, 11, "t2", "kv", 2, 60, 7, 8, false, 1, 9));
    assertThat(HEADER.withPages("k2", 9, 10))
        .isEqualTo(new ConversationHeader(3, 5, 1000, "tok", "k2", 9, 10, 7, 8, false, 1, 9));
    assertThat(HEADER.withIdle(1, 2))
        .isEqualTo(new ConversationHeader(3, 5, 1000, "tok", "kv", 2, 60, 1, 2, false, 1, 9));
    assertThat(HEADER.withExpired(true))
        .isEqualTo(new ConversationHeader(3, 5, 1000, "tok", "kv", 2, 60, 7, 8, true, 1, 9));
  }

  @Test
  void aHeaderOfAnEarlierVersionLacksWhatCameLater() throws IOException {
    ConversationHeader before = HEADER.withQueue(3, 5, 0).withTtl(0);
    assertThat(readHeader(1)).isEqualTo(before.withIdle(0, 0));
    assertThat(readHeader(2)).isEqualTo(before);
    assertThat(readHeader(3)).isEqualTo(before.withExpired(true));
    assertThat(readHeader(4)).isEqualTo(HEADER.withExpired(true).withTtl(0));
    assertThat(readHeader(5)).isEqualTo(HEADER.withExpired(true));
  }

  private static ConversationHeader readHeader(int version) throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(64);
    out.writeByte(version);
    out.writeLong(3);
    out.writeLong(5);
    out.writeInt(1000);
    Wire.writeText("tok", out);
    Wire.writeText("kv", out);
    out.writeInt(2);
    out.writeInt(60);
    if (version >= 2) {
      out.writeLong(7);
      out.writeLong(8);
    }
    if (version >= 3) {
      out.writeBoolean(true);
    }
    if (version >= 4) {
      out.writeInt(1);
    }
    if (version >= 5) {
      out.writeLong(9);
    }
    DataInputDeserializer in = new DataInputDeserializer(out.getCopyOfBuffer());
    ConversationHeader header = ConversationHeader.Serializer.INSTANCE.deserialize(in);
    assertThat(in.available()).isZero();
    return header;
  }

  @Test
  void theLastIdsAreKnown() {
    RequestIds ids = RequestIds.NONE.answered("a", 2).answered("b", 2);
    assertThat(ids.knows("a")).isTrue();
    assertThat(ids.answered("c", 2).answered()).containsExactly("b", "c");
    assertThat(ids.answered("c", 2).knows("a")).isFalse();
    assertThat(ids.answered("c", 1).answered()).containsExactly("c");
  }

  @Test
  void anAnswerGrowsAtItsEnd() {
    TurnInFlight turn = new TurnInFlight(new int[] {1}, new int[] {2, 3}, 16, Optional.empty(), 0);
    TurnInFlight more = turn.withMore(new int[] {4, 5});
    assertThat(more.generated()).containsExactly(2, 3, 4, 5);
    assertThat(more.prompt()).containsExactly(1);
    assertThat(more.cachedTokens()).isEqualTo(16);
    TurnInFlight.Terms terms = new TurnInFlight.Terms("fp", new Generation.Limits(1, 2));
    assertThat(turn.withTerms(terms).terms()).contains(terms);
    assertThat(turn.withTerms(terms).generated()).containsExactly(2, 3);
  }

  @Test
  void keysAreEqualByIdAndInTheGroupOfTheirRoot() {
    ConversationKey key = new ConversationKey("c");
    assertThat(key).isEqualTo(new ConversationKey("c")).hasToString("c");
    assertThat(key).isNotEqualTo(new ConversationKey("c~b")).isNotEqualTo("c");
    assertThat(key).hasSameHashCodeAs(new ConversationKey("c~b"));
    assertThat(key.hashCode()).isEqualTo("c".hashCode());
    assertThat(key).isLessThan(new ConversationKey("d")).isGreaterThan(new ConversationKey("b"));
  }

  @Test
  void keysOfTheFirstVersionAreToldFromThoseOfNow() {
    ConversationKey.requireNew(new ConversationKey("c"));
    assertThatThrownBy(() -> ConversationKey.requireNew("c-1"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("\"c-1\"");
  }

  @Test
  void keysReadWhatTextsWroteAndNothingElse() throws IOException {
    ConversationKey.Snapshot now = new ConversationKey.Snapshot();
    assertThat(compatible(now, new ConversationKey.Snapshot())).isTrue();
    assertThat(compatible(now, new StringSerializer.StringSerializerSnapshot())).isTrue();
    assertThat(compatible(now, new RequestIds.Snapshot())).isFalse();
    now.readSnapshot(now.getCurrentVersion(), null, null);
    assertThat(now.getCurrentVersion()).isEqualTo(1);
    assertThatThrownBy(() -> now.readSnapshot(2, null, null))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("version 2");
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // As Flink does, which hands over what it finds.
  private static boolean compatible(ConversationKey.Snapshot now, TypeSerializerSnapshot old) {
    return now.resolveSchemaCompatibility(old).isCompatibleAsIs();
  }

  @Test
  void valuesAreSharedAndNotCopied() throws IOException {
    RequestIds.Serializer serializer = RequestIds.Serializer.INSTANCE;
    RequestIds ids = new RequestIds(List.of("a", "b"));
    assertThat(serializer.isImmutableType()).isTrue();
    assertThat(serializer.copy(ids)).isSameAs(ids);
    assertThat(serializer.copy(ids, RequestIds.NONE)).isSameAs(ids);
    assertThat(serializer.getLength()).as("of no fixed length").isEqualTo(-1);
    assertThat(ConversationKey.Serializer.INSTANCE.createInstance())
        .isEqualTo(new ConversationKey(""));
    DataOutputSerializer out = new DataOutputSerializer(16);
    serializer.serialize(ids, out);
    DataOutputSerializer copied = new DataOutputSerializer(16);
    serializer.copy(new DataInputDeserializer(out.getCopyOfBuffer()), copied);
    assertThat(copied.getCopyOfBuffer()).isEqualTo(out.getCopyOfBuffer());
    assertThat(
            serializer.deserialize(
                RequestIds.NONE, new DataInputDeserializer(copied.getCopyOfBuffer())))
        .isEqualTo(ids);
  }

  @Test
  void noBytesAreNotNull() throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(16);
    Wire.writeBytes(new byte[0], out);
    Wire.writeBytes(null, out);
    DataInputDeserializer in = new DataInputDeserializer(out.getCopyOfBuffer());
    assertThat(Wire.readBytes(in)).isNotNull().isEmpty();
    assertThat(Wire.readBytes(in)).isNull();
  }

  @Test
  void anUnknownRoleIsSaid() throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(64);
    out.writeByte(1);
    Wire.writeText("r", out);
    Wire.writeText("c", out);
    out.writeInt(1);
    Wire.writeText("oracle", out);
    assertThatThrownBy(
            () ->
                CompletionRequestSerializer.INSTANCE.deserialize(
                    new DataInputDeserializer(out.getCopyOfBuffer())))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("unknown role oracle");
  }
}

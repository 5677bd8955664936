package io.flinkmistral.operator;

import io.flinkmistral.operator.serialization.VersionedSerializer;
import io.flinkmistral.operator.serialization.Wire;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * What there is of a conversation in the other states.
 *
 * @param queueHead ticket of the first request that is not answered
 * @param queueEnd ticket of the next request to come
 * @param tokens length of the history
 * @param tokenizer fingerprint of the tokenizer that the history is in; empty while there is none
 * @param kv fingerprint of all that the pages depend on; empty while there is none
 * @param firstPage first page kept
 * @param endPage page after the last one kept
 * @param idleSince when its last request was answered or its history was last used, in milliseconds
 *     since 1970; 0 where it is not known
 * @param expiryTimer time of the timer that looks whether it has expired; 0 while there is none
 * @param expired whether it was found to have expired: what there is of it is forgotten once a
 *     checkpoint holds that
 * @param withdrawn tickets from queueHead to queueEnd whose requests have ended before their turn
 * @param ttlMillis for how long it stays without requests, as the newest one says; 0: as an option
 *     says
 */
record ConversationHeader(
    long queueHead,
    long queueEnd,
    int tokens,
    String tokenizer,
    String kv,
    int firstPage,
    int endPage,
    long idleSince,
    long expiryTimer,
    boolean expired,
    int withdrawn,
    long ttlMillis) {

  static final ConversationHeader NEW =
      new ConversationHeader(0, 0, 0, "", "", 0, 0, 0, 0, false, 0, 0);

  int queued() {
    return Math.toIntExact(queueEnd - queueHead - withdrawn);
  }

  ConversationHeader withQueue(long head, long end) {
    return withQueue(head, end, withdrawn);
  }

  ConversationHeader withQueue(long head, long end, int nowWithdrawn) {
    return new ConversationHeader(
        head,
        end,
        tokens,
        tokenizer,
        kv,
        firstPage,
        endPage,
        idleSince,
        expiryTimer,
        expired,
        nowWithdrawn,
        ttlMillis);
  }

  ConversationHeader withHistory(int newTokens, String newTokenizer) {
    return new ConversationHeader(
        queueHead,
        queueEnd,
        newTokens,
        newTokenizer,
        kv,
        firstPage,
        endPage,
        idleSince,
        expiryTimer,
        expired,
        withdrawn,
        ttlMillis);
  }

  ConversationHeader withPages(String newKv, int first, int end) {
    return new ConversationHeader(
        queueHead,
        queueEnd,
        tokens,
        tokenizer,
        newKv,
        first,
        end,
        idleSince,
        expiryTimer,
        expired,
        withdrawn,
        ttlMillis);
  }

  ConversationHeader withIdle(long since, long timer) {
    return new ConversationHeader(
        queueHead, queueEnd, tokens, tokenizer, kv, firstPage, endPage, since, timer, expired,
        withdrawn, ttlMillis);
  }

  ConversationHeader withTtl(long millis) {
    return new ConversationHeader(
        queueHead,
        queueEnd,
        tokens,
        tokenizer,
        kv,
        firstPage,
        endPage,
        idleSince,
        expiryTimer,
        expired,
        withdrawn,
        millis);
  }

  ConversationHeader withExpired(boolean nowExpired) {
    return new ConversationHeader(
        queueHead,
        queueEnd,
        tokens,
        tokenizer,
        kv,
        firstPage,
        endPage,
        idleSince,
        expiryTimer,
        nowExpired,
        withdrawn,
        ttlMillis);
  }

  static final class Serializer extends VersionedSerializer<ConversationHeader> {
    private static final long serialVersionUID = 1L;

    static final Serializer INSTANCE = new Serializer();

    private Serializer() {
      super(ConversationHeader.class, 5);
    }

    @Override
    public void write(ConversationHeader header, DataOutputView out) throws IOException {
      out.writeLong(header.queueHead);
      out.writeLong(header.queueEnd);
      out.writeInt(header.tokens);
      Wire.writeText(header.tokenizer, out);
      Wire.writeText(header.kv, out);
      out.writeInt(header.firstPage);
      out.writeInt(header.endPage);
      out.writeLong(header.idleSince);
      out.writeLong(header.expiryTimer);
      out.writeBoolean(header.expired);
      out.writeInt(header.withdrawn);
      out.writeLong(header.ttlMillis);
    }

    @Override
    public ConversationHeader read(int version, DataInputView in) throws IOException {
      return new ConversationHeader(
          in.readLong(),
          in.readLong(),
          in.readInt(),
          Wire.readText(in),
          Wire.readText(in),
          in.readInt(),
          in.readInt(),
          version < 2 ? 0 : in.readLong(),
          version < 2 ? 0 : in.readLong(),
          version >= 3 && in.readBoolean(),
          version < 4 ? 0 : in.readInt(),
          version < 5 ? 0 : in.readLong());
    }

    @Override
    public TypeSerializerSnapshot<ConversationHeader> snapshotConfiguration() {
      return new Snapshot();
    }
  }

  /** Made by Flink when it restores. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<ConversationHeader> {
    public Snapshot() {
      super(() -> Serializer.INSTANCE);
    }
  }
}

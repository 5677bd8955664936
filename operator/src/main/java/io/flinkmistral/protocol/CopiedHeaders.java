package io.flinkmistral.protocol;

import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * The headers of a request that its answer repeats, so that traces and correlation ids go through:
 * all but our own, in their order, as long as they are few and short. One that is too long does not
 * keep those behind it from being copied. Those that say where the answer goes, and what it
 * answers, have room before all others.
 */
public final class CopiedHeaders {
  /** What the names of headers begin with that say why a record was set aside. */
  public static final String ERRORS = "__streams.errors.";

  /** Name of the header of a request that names the topic of its answer; Spring's. */
  public static final String REPLY_TOPIC = "kafka_replyTopic";

  /** Name of the header of a request that names the partition of its answer; Spring's. */
  public static final String REPLY_PARTITION = "kafka_replyPartition";

  /** Name of the header of an answer that says why it is not where its request wanted it. */
  public static final String REPLY_FAILED = "mistral.reply.failed";

  /** The most headers that are copied. */
  public static final int MOST = 64;

  /** The most bytes of their names and values together. */
  public static final int MOST_BYTES = 8192;

  /** The last one of each of these names comes first. */
  private static final List<String> FIRST =
      List.of(REPLY_TOPIC, REPLY_PARTITION, "kafka_correlationId");

  private final List<SourceRecord.Header> headers;
  private final BitSet chosen = new BitSet();
  private int left = MOST_BYTES;

  private CopiedHeaders(List<SourceRecord.Header> headers) {
    this.headers = headers;
  }

  static List<SourceRecord.Header> of(List<SourceRecord.Header> headers) {
    CopiedHeaders copied = new CopiedHeaders(headers);
    FIRST.forEach(name -> last(headers, name).ifPresent(copied::choose));
    for (int i = 0; i < headers.size(); i++) {
      copied.choose(i);
    }
    return copied.chosen.stream().mapToObj(headers::get).toList();
  }

  /** The last header of a name, which is the one that counts where there are several. */
  public static Optional<SourceRecord.Header> last(String name, List<SourceRecord.Header> headers) {
    OptionalInt index = last(headers, name);
    return index.isPresent() ? Optional.of(headers.get(index.getAsInt())) : Optional.empty();
  }

  private static OptionalInt last(List<SourceRecord.Header> headers, String name) {
    return IntStream.range(0, headers.size()).filter(i -> headers.get(i).name().equals(name)).max();
  }

  private void choose(int index) {
    SourceRecord.Header header = headers.get(index);
    int bytes = bytes(header);
    if (!chosen.get(index)
        && chosen.cardinality() < MOST
        && bytes <= left
        && !isOurs(header.name())) {
      chosen.set(index);
      left -= bytes;
    }
  }

  private static boolean isOurs(String name) {
    return name.startsWith(ERRORS)
        || name.equals(SourceRecord.SOURCE_HEADER)
        || name.equals(REPLY_FAILED);
  }

  private static int bytes(SourceRecord.Header header) {
    int value = header.value() == null ? 0 : header.value().length;
    return header.name().getBytes(StandardCharsets.UTF_8).length + value;
  }
}

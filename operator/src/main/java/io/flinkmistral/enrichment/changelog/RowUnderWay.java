package io.flinkmistral.enrichment.changelog;

import io.flinkmistral.enrichment.changelog.ChangeEnricher.Answer;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.types.Row;

/**
 * A row whose result is being computed: the one computation of its key at a time. Meanwhile the
 * table may have a later row under the key, of which only the last one counts.
 */
final class RowUnderWay<O> {
  private final Row key;
  private final StreamRecord<Row> asked;
  private final String digest;
  private final long bytes;
  private final CompletableFuture<Answer<O>> answer;
  private String wanted;

  /** The number by which the gate of watermarks knows the row; none where nobody waits for it. */
  private OptionalLong arrival;

  private OptionalLong laterArrival = OptionalLong.empty();

  /**
   * @param arrival the number by which the gate of watermarks knows it
   */
  RowUnderWay(
      Row key,
      StreamRecord<Row> asked,
      String digest,
      long arrival,
      long bytes,
      CompletableFuture<Answer<O>> answer) {
    this.key = key;
    this.asked = asked;
    this.digest = digest;
    this.bytes = bytes;
    this.answer = answer;
    this.wanted = digest;
    this.arrival = OptionalLong.of(arrival);
  }

  Row key() {
    return key;
  }

  StreamRecord<Row> asked() {
    return asked;
  }

  String digest() {
    return digest;
  }

  long bytes() {
    return bytes;
  }

  CompletableFuture<Answer<O>> answer() {
    return answer;
  }

  /**
   * The table has a later row.
   *
   * @return the number of the row that it replaces, and that nothing will come of
   */
  OptionalLong follow(String laterDigest, long later) {
    OptionalLong replaced = laterArrival;
    wanted = laterDigest;
    laterArrival = OptionalLong.of(later);
    return replaced;
  }

  /** Whether there is a later row. */
  boolean isFollowed() {
    return laterArrival.isPresent();
  }

  /** Whether the answer is also that of the later row, if there is one. */
  boolean isStillWanted() {
    return !isFollowed() || !digest.equals(ChangeEnricher.NONE) && digest.equals(wanted);
  }

  /** The digest of the later row. */
  String wanted() {
    return wanted;
  }

  /** The number of the row itself, which nobody waits for any more. */
  OptionalLong takeArrival() {
    OptionalLong taken = arrival;
    arrival = OptionalLong.empty();
    return taken;
  }

  /** The number of the later row, which nobody waits for any more, or who takes it does. */
  OptionalLong takeLaterArrival() {
    OptionalLong taken = laterArrival;
    laterArrival = OptionalLong.empty();
    return taken;
  }
}

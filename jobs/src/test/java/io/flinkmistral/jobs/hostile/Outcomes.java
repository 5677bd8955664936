package io.flinkmistral.jobs.hostile;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.jobs.CommittedRecords;
import java.time.Duration;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What came of requests, by the place of each: one answer, or one dead letter and perhaps an error.
 */
final class Outcomes implements AutoCloseable {
  private static final JsonMapper MAPPER = new JsonMapper();
  private static final Duration POLL = Duration.ofMillis(100);
  private static final String ERRORS = "__streams.errors.";

  private final String completions;
  private final CommittedRecords records;
  private final Places answered = new Places();
  private final Places setAside = new Places();
  private final Places errors = new Places();

  /** Places of records, in little memory, since what is measured is that of others. */
  private static final class Places {
    private final Map<Integer, BitSet> offsets = new HashMap<>();

    /**
     * @param place a topic, a partition and an offset, joined by hyphens
     * @return whether it is new
     */
    boolean add(String place) {
      BitSet set = offsets.computeIfAbsent(partition(place), _ -> new BitSet());
      boolean known = set.get(offset(place));
      set.set(offset(place));
      return !known;
    }

    boolean contains(String place) {
      return offsets.getOrDefault(partition(place), new BitSet()).get(offset(place));
    }

    int size() {
      return offsets.values().stream().mapToInt(BitSet::cardinality).sum();
    }

    private static int partition(String place) {
      String before = place.substring(0, place.lastIndexOf('-'));
      return Integer.parseInt(before.substring(before.lastIndexOf('-') + 1));
    }

    private static int offset(String place) {
      return Integer.parseInt(place.substring(place.lastIndexOf('-') + 1));
    }
  }

  /** By request id, those of requests that are kept. */
  private final Map<String, JsonNode> kept = new HashMap<>();

  private final String keptIds;

  /**
   * @param keptIds what the ids of requests begin with whose answers are kept
   */
  Outcomes(String bootstrapServers, String completions, String deadLetters, String keptIds) {
    this.completions = completions;
    this.keptIds = keptIds;
    records = new CommittedRecords(bootstrapServers, completions, deadLetters);
  }

  /** Takes in what has come; whether there was something. */
  boolean readMore() {
    int before = size();
    records.poll(POLL).forEach(this::take);
    return size() > before;
  }

  /** Requests that something has come of. */
  int size() {
    return answered.size() + setAside.size();
  }

  int answers() {
    return answered.size();
  }

  int letters() {
    return setAside.size();
  }

  int errors() {
    return errors.size();
  }

  Map<String, JsonNode> kept() {
    return kept;
  }

  private void take(ConsumerRecord<byte[], byte[]> record) {
    if (record.topic().equals(completions)) {
      takeAnswer(record);
    } else {
      String place =
          String.join(
              "-",
              header(record, ERRORS + "topic"),
              header(record, ERRORS + "partition"),
              header(record, ERRORS + "offset"));
      assertThat(setAside.add(place)).as("the only dead letter of %s", place).isTrue();
      assertThat(answered.contains(place)).as("%s is answered, and set aside", place).isFalse();
    }
  }

  private void takeAnswer(ConsumerRecord<byte[], byte[]> record) {
    JsonNode json = MAPPER.readTree(record.value());
    String place = header(record, "mistral.source");
    boolean refused =
        json.has("error") && !json.at("/error/code").asString().equals("answer_too_large");
    if (refused) {
      assertThat(errors.add(place)).as("the only error of %s", place).isTrue();
    } else {
      assertThat(answered.add(place)).as("the only answer of %s", place).isTrue();
      assertThat(setAside.contains(place)).as("%s is answered, and set aside", place).isFalse();
    }
    String id = json.get("request_id").stringValue();
    if (id.startsWith(keptIds)) {
      kept.put(id, json);
    }
  }

  private static String header(ConsumerRecord<byte[], byte[]> record, String name) {
    return new String(record.headers().lastHeader(name).value(), UTF_8);
  }

  @Override
  public void close() {
    records.close();
  }
}

package io.flinkmistral.jobs.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.flinkmistral.protocol.ClientRecord;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.ControlRequest;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.Schedule;
import io.flinkmistral.protocol.SourceRecord;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Records of the prompts topic that are no requests, and those that look like them. */
class RecordReaderTest {
  private static final String MESSAGES = "'messages': [{'role': 'user', 'content': 'Hi'}]";

  @Test
  void aRecordCancelsARequestOfItsConversation() {
    SourceRecord record = keyed("c", "{'cancel': 'r-17', 'conversation_id': 'c~b'}");
    assertThat(read(record))
        .isEqualTo(new ControlRequest.Cancel("r-17", "c~b", Optional.of(record)));
  }

  @Test
  void aRequestStaysOne() {
    ClientRecord request =
        read(Records.of("{'conversation_id': 'c', 'cancel': null, " + MESSAGES + "}"));
    assertThat(request).isInstanceOf(CompletionRequest.class);
  }

  /** Whatever becomes of unknown fields. */
  @ParameterizedTest
  @EnumSource(UnknownFields.class)
  void oneThatIsBothIsRefused(UnknownFields unknown) {
    String record = "{'cancel': 'r', 'conversation_id': 'c', " + MESSAGES + "}";
    assertThatExceptionOfType(InvalidRequestException.class)
        .isThrownBy(() -> read(Records.of(record), unknown))
        .withMessage(
            "messages stands beside cancel: send a request and a control record one after the"
                + " other")
        .satisfies(e -> assertThat(e.parameter()).isEqualTo("messages"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          {'cancel': 5, 'conversation_id': 'c'} | cancel | must be a text, but is 5
          {'cancel': ['r'], 'conversation_id': 'c'} | cancel | must be a text, but is a list
          {'cancel': {}, 'conversation_id': 'c'} | cancel | must be a text
          {'cancel': false, 'conversation_id': 'c'} | cancel | must be a text
          {'cancel': '', 'conversation_id': 'c'} | cancel | must not be empty
          {'cancel': 'r'} | conversation_id | is missing
          {'cancel': 'r', 'conversation_id': ''} | conversation_id | must not be empty
          {'cancel': 'r', 'conversation_id': 7} | conversation_id | must be a text
          {'cancel': 'r', 'conversation_id': 'c', 'timeout': 3} | timeout | is not known as a field of a control record
          """)
  void aHostileOneIsRefusedByTheNameOfItsField(String record, String field, String message) {
    assertThatExceptionOfType(InvalidRequestException.class)
        .isThrownBy(() -> read(Records.of(record)))
        .withMessageContaining(message)
        .satisfies(e -> assertThat(e.parameter()).isEqualTo(field));
  }

  @Test
  void idsAreNoLongerThanThoseOfRequests() {
    String longest = "x".repeat(RequestIds.MAX_BYTES);
    String record = "{'conversation_id': 'c', 'cancel': '%s'}";
    assertThat(read(Records.of(record.formatted(longest)))).isNotNull();
    assertThatExceptionOfType(InvalidRequestException.class)
        .isThrownBy(() -> read(Records.of(record.formatted(longest + "x"))))
        .withMessage("cancel has 1025 bytes, but at most 1024 are allowed");
  }

  @Test
  void theKeyMustBeTheConversations() {
    assertThatExceptionOfType(InvalidRequestException.class)
        .isThrownBy(() -> read(keyed("d", "{'cancel': 'r', 'conversation_id': 'c'}")))
        .withMessage("conversation_id \"c\" is not the record's key \"d\"");
  }

  @Test
  void aTimeoutCountsFromTheRecordsTime() {
    assertThat(schedule("'timeout': 2.5, 'priority': -7", 1000))
        .isEqualTo(new Schedule(-7, OptionalLong.of(3500)));
    assertThat(schedule("'timeout': 0.0001", 1000))
        .isEqualTo(new Schedule(0, OptionalLong.of(1001)));
    assertThat(schedule("'timeout': null", 1000)).isEqualTo(Schedule.DEFAULT);
    long before = System.currentTimeMillis();
    assertThat(schedule("'timeout': 2", -1).deadlineMillis().orElseThrow())
        .as("of a record without one, from now")
        .isBetween(before + 2000, System.currentTimeMillis() + 2000);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          timeout  | 0
          timeout  | -1
          timeout  | 1e400
          timeout  | 1e10
          timeout  | "2"
          timeout  | true
          priority | 101
          priority | -101
          priority | 1.5
          priority | 99999999999
          priority | "1"
          """)
  void whatIsOutOfRangeIsRefusedByName(String field, String value) {
    assertThatExceptionOfType(InvalidRequestException.class)
        .isThrownBy(() -> schedule("'" + field + "': " + value, 1000))
        .satisfies(e -> assertThat(e.parameter()).isEqualTo(field))
        .withMessageStartingWith(field + " must be");
  }

  private static Schedule schedule(String fields, long timestamp) {
    SourceRecord record = Records.of("{'conversation_id': 'c', " + fields + ", " + MESSAGES + "}");
    return ((CompletionRequest) reader(UnknownFields.REFUSE).read(record, timestamp)).schedule();
  }

  private static SourceRecord keyed(String key, String json) {
    return Records.of(key.getBytes(UTF_8), json.replace('\'', '"').getBytes(UTF_8));
  }

  private static ClientRecord read(SourceRecord record) {
    return read(record, UnknownFields.REFUSE);
  }

  private static ClientRecord read(SourceRecord record, UnknownFields unknown) {
    return reader(unknown).read(record, 0);
  }

  private static RecordReader reader(UnknownFields unknown) {
    return new RecordReader(new RequestReader(10_000, unknown));
  }
}

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
  void aRecordForgetsOrShowsAConversation() {
    SourceRecord forget = keyed("c", "{'forget': 'c~b', 'request_id': 'q'}");
    assertThat(read(forget)).isEqualTo(new ControlRequest.Forget("q", "c~b", Optional.of(forget)));
    SourceRecord show = keyed("c", "{'show': 'c', 'conversation_id': 'c'}");
    assertThat(reader(UnknownFields.REFUSE).read(show, 1000))
        .isEqualTo(new ControlRequest.Show("prompts-3-17-1000", "c", Optional.of(show)));
  }

  @Test
  void aRecordWithoutAValueForgetsTheConversationOfItsKey() {
    SourceRecord tombstone = Records.of("cö".getBytes(UTF_8), null);
    assertThat(reader(UnknownFields.REFUSE).read(tombstone, 1000))
        .isEqualTo(new ControlRequest.Forget("prompts-3-17-1000", "cö", Optional.of(tombstone)));
    byte[] longest = "x".repeat(RequestIds.MAX_BYTES).getBytes(UTF_8);
    assertThat(read(Records.of(longest, null)).conversationId()).hasSize(longest.length);
  }

  @Test
  void oneWhoseKeyIsNoConversationsIsRefused() {
    for (byte[] key :
        new byte[][] {
          null,
          {},
          {(byte) 0xff},
          "c~b".getBytes(UTF_8),
          "x".repeat(RequestIds.MAX_BYTES + 1).getBytes(UTF_8)
        }) {
      assertThatExceptionOfType(InvalidRequestException.class)
          .isThrownBy(() -> read(Records.of(key, null)))
          .withMessageContaining("value");
    }
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
          {'cancel': 'r', 'conversation_id': 'c', 'timeout': 3} | timeout | is not known as a field of a cancellation
          {'cancel': 'r', 'forget': 'c'} | forget | stands beside cancel
          {'show': 'c', 'forget': 'c'} | show | stands beside forget
          {'forget': 5} | forget | must be a text, but is 5
          {'forget': true} | forget | must be a text
          {'forget': ''} | forget | must not be empty
          {'show': ['c']} | show | must be a text, but is a list
          {'show': 'c', 'conversation_id': 'd'} | conversation_id | is "d", but show names "c"
          {'show': 'c', 'prompt': 'Hi'} | prompt | stands beside show
          {'forget': 'c', 'turns': 2} | turns | is not known as a field of a control record
          {'forget': 'c', 'request_id': ''} | request_id | must not be empty
          {'forget': 'c', 'request_id': 7} | request_id | must be a text
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
    for (String record :
        new String[] {
          "{'cancel': 'r', 'conversation_id': 'c'}", "{'forget': 'c'}", "{'show': 'c'}"
        }) {
      assertThatExceptionOfType(InvalidRequestException.class)
          .isThrownBy(() -> read(keyed("d", record)))
          .withMessage("conversation_id \"c\" is not the record's key \"d\"");
    }
  }

  @Test
  void aTimeoutCountsFromTheRecordsTime() {
    assertThat(schedule("'timeout': 2.5, 'priority': -7", 1000))
        .isEqualTo(new Schedule(-7, OptionalLong.of(3500)));
    assertThat(schedule("'timeout': 0.0001", 1000))
        .isEqualTo(new Schedule(0, OptionalLong.of(1001)));
    assertThat(schedule("'timeout': null", 1000)).isEqualTo(Schedule.DEFAULT);
    assertThat(schedule("'timeout': 1e9", Long.MAX_VALUE - 5))
        .as("a record may have any time")
        .isEqualTo(new Schedule(0, OptionalLong.of(Long.MAX_VALUE)));
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

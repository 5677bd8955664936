package io.flinkmistral.jobs.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.flinkmistral.jobs.options.ChatJobOptions;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.SourceRecord.Header;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;

class ReplyRuleTest {
  private static final String TOPIC = "kafka_replyTopic";
  private static final String PARTITION = "kafka_replyPartition";

  private final ReplyRule rule = rule("replies-.*|prompts|dead-letters|completions|__.*|é");

  @Test
  void anAddressIsATopicAndMayBeAPartition() {
    assertThat(rule.address(List.of(text("traceparent", "t")))).isEmpty();
    assertThat(rule.address(List.of(text(TOPIC, "replies-1"))))
        .contains(new ReplyAddress("replies-1", OptionalInt.empty()));
    assertThat(rule.address(List.of(number(258), text(TOPIC, "replies-1"))))
        .contains(new ReplyAddress("replies-1", OptionalInt.of(258)));
    assertThat(rule.address(List.of(text(TOPIC, "completions"))))
        .contains(new ReplyAddress("completions", OptionalInt.empty()));
  }

  @Test
  void ofSeveralHeadersTheLastCounts() {
    assertThat(
            rule.address(
                List.of(text(TOPIC, "other"), text(TOPIC, "replies-1"), number(-1), number(0))))
        .contains(new ReplyAddress("replies-1", OptionalInt.of(0)));
  }

  @Test
  void withoutTheOptionNoTopicIsAllowed() {
    refuses(
        ReplyRule.of(new Configuration()),
        TOPIC,
        "header kafka_replyTopic names topic \"replies-1\", which option kafka.reply-topics does"
            + " not allow",
        text(TOPIC, "replies-1"));
  }

  @Test
  void thePatternIsOfTheWholeName() {
    refuses(rule, TOPIC, "does not allow", text(TOPIC, "my-replies-1"));
    refuses(rule("replies"), TOPIC, "does not allow", text(TOPIC, "replies-1"));
  }

  @Test
  void whatIsNoNameOfATopicIsRefused() {
    for (String name :
        List.of("", ".", "..", "a b", "replies-\n", "é", "replies-" + "x".repeat(250))) {
      refuses(rule, TOPIC, "must be the name of a topic in UTF-8", text(TOPIC, name));
    }
    refuses(rule, TOPIC, "must be the name", new Header(TOPIC, null));
    refuses(rule, TOPIC, "must be the name", new Header(TOPIC, new byte[] {'a', (byte) 0xff}));
    refuses(rule, TOPIC, "must be the name", new Header(TOPIC, new byte[5_000_000]));
  }

  @Test
  void topicsWithRecordsOfAnotherKindAreRefused() {
    for (String name : List.of("prompts", "dead-letters", "__consumer_offsets")) {
      refuses(rule, TOPIC, "has records of another kind", text(TOPIC, name));
    }
  }

  @Test
  void aPartitionIsFourBytesAndNotNegativeAndBesideATopic() {
    Header topic = text(TOPIC, "replies-1");
    refuses(rule, PARTITION, "must be 0 or more, but is -1", topic, number(-1));
    refuses(rule, PARTITION, "has 0 bytes", topic, new Header(PARTITION, null));
    for (int bytes : List.of(0, 1, 3, 5, 8)) {
      refuses(
          rule,
          PARTITION,
          "has %d bytes".formatted(bytes),
          topic,
          new Header(PARTITION, new byte[bytes]));
    }
    refuses(rule, PARTITION, "needs header kafka_replyTopic", number(1));
  }

  private static void refuses(ReplyRule rule, String header, String message, Header... headers) {
    assertThatExceptionOfType(InvalidRequestException.class)
        .isThrownBy(() -> rule.address(List.of(headers)))
        .withMessageContaining(message)
        .satisfies(e -> assertThat(e.parameter()).isEqualTo(header));
    assertThat(rule.allowedAddress(new ArrayList<>(List.of(headers)))).isEmpty();
  }

  private static ReplyRule rule(String pattern) {
    return ReplyRule.of(new Configuration().set(ChatJobOptions.REPLY_TOPICS, pattern));
  }

  private static Header text(String name, String value) {
    return new Header(name, value.getBytes(UTF_8));
  }

  private static Header number(int partition) {
    return new Header(PARTITION, ByteBuffer.allocate(Integer.BYTES).putInt(0, partition).array());
  }
}

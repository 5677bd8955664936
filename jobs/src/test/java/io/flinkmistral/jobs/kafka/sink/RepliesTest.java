package io.flinkmistral.jobs.kafka.sink;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.jobs.kafka.ReplyRule;
import io.flinkmistral.jobs.options.ChatJobOptions;
import io.flinkmistral.protocol.CompletionEvent.Rejected;
import io.flinkmistral.protocol.SourceRecord;
import io.flinkmistral.protocol.SourceRecord.Header;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.SimpleCounter;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.junit.jupiter.api.Test;

class RepliesTest {
  private static final TopicLimits COMPLETIONS = new TopicLimits("completions", 1000, false);
  private static final TopicLimits LIMITS = new TopicLimits("replies", 500, true);

  private final Map<String, ReplyTopic> cluster = new HashMap<>();
  private final List<String> looked = new ArrayList<>();
  private final SimpleCounter elsewhere = new SimpleCounter();
  private long nanos;

  private final ReplyTopics topics =
      new ReplyTopics(
          topic -> {
            looked.add(topic);
            return cluster.getOrDefault(topic, new ReplyTopic.Absent("there is no topic " + topic));
          },
          () -> nanos);

  @Test
  void anAnswerGoesWhereItsRequestWantsIt() {
    cluster.put("replies", new ReplyTopic.Present(LIMITS, List.of(true, true)));
    assertThat(of("replies", 1)).isEqualTo(new Destination(LIMITS, 1, Optional.empty()));
    assertThat(of("replies", null)).isEqualTo(new Destination(LIMITS, null, Optional.empty()));
    assertThat(of(null, null)).isEqualTo(Destination.of(COMPLETIONS));
    assertThat(of("not-allowed", null)).isEqualTo(Destination.of(COMPLETIONS));
    assertThat(elsewhere.getCount()).isZero();
  }

  @Test
  void whereThatCannotBeItGoesToCompletionsAndSaysWhy() {
    cluster.put("replies", new ReplyTopic.Present(LIMITS, List.of(true, false)));
    for (Destination destination :
        List.of(
            of("replies", 2),
            of("replies", Integer.MAX_VALUE),
            of("replies", 1),
            of("replies", null),
            of("replies-2", 0))) {
      assertThat(destination.topic()).isEqualTo(COMPLETIONS);
      assertThat(destination.partition()).isNull();
    }
    assertThat(of("replies", 2).elsewhere()).contains("topic replies has no partition 2: it has 2");
    assertThat(of("replies", 1).elsewhere())
        .contains("a partition of topic replies has no leader now");
    assertThat(of("replies", 0).elsewhere()).isEmpty();
    nanos += Duration.ofSeconds(2).toNanos();
    assertThat(of("replies-2", 0).elsewhere()).contains("there is no topic replies-2");
    assertThat(elsewhere.getCount()).isEqualTo(8);
  }

  /** Whoever sends records with names that nobody has could hold up the sink else. */
  @Test
  void namesWithoutATopicAreLookedForOnceASecond() {
    cluster.put("replies", new ReplyTopic.Present(LIMITS, List.of(true)));
    for (int i = 0; i < 1000; i++) {
      assertThat(topics.find("replies-" + i)).isInstanceOf(ReplyTopic.Absent.class);
      assertThat(topics.find("replies").getClass())
          .isEqualTo(i == 0 ? ReplyTopic.Absent.class : ReplyTopic.Present.class);
      nanos += Duration.ofSeconds(1).toNanos() / (i == 0 ? 1 : 100);
      topics.find("replies");
    }
    assertThat(looked).hasSizeLessThan(15);
  }

  @Test
  void aTopicThatIsKnownIsLookedForAgainAfterAMinute() {
    cluster.put("replies", new ReplyTopic.Present(LIMITS, List.of(true)));
    topics.find("replies");
    cluster.clear();
    nanos += Duration.ofSeconds(59).toNanos();
    assertThat(topics.find("replies")).isInstanceOf(ReplyTopic.Present.class);
    nanos += Duration.ofSeconds(1).toNanos();
    assertThat(topics.find("replies")).isInstanceOf(ReplyTopic.Absent.class);
    assertThat(looked).hasSize(2);
  }

  private Destination of(String topic, Integer partition) {
    List<Header> headers = new ArrayList<>();
    if (topic != null) {
      headers.add(new Header("kafka_replyTopic", topic.getBytes(UTF_8)));
    }
    if (partition != null) {
      headers.add(
          new Header(
              "kafka_replyPartition",
              ByteBuffer.allocate(Integer.BYTES).putInt(0, partition).array()));
    }
    SourceRecord origin = new SourceRecord("prompts", 0, 0, null, null, headers);
    Replies replies =
        new Replies(
            ReplyRule.of(new Configuration().set(ChatJobOptions.REPLY_TOPICS, "replies.*")),
            new Properties());
    replies.open(
        new UnregisteredMetricsGroup() {
          @Override
          public Counter counter(String name) {
            return elsewhere;
          }
        },
        topics);
    return replies.of(
        new Rejected("r", "c", "", "invalid_request", "no", Optional.of(origin)), COMPLETIONS);
  }
}

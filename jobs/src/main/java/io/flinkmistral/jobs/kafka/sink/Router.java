package io.flinkmistral.jobs.kafka.sink;

import io.flinkmistral.jobs.kafka.ReplyRule;
import io.flinkmistral.jobs.topics.ChatTopic;
import io.flinkmistral.protocol.CompletionEvent;
import java.util.EnumSet;
import java.util.Set;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.util.Collector;

/** Events beside those of some topics that have them: none, one, or several. */
final class Router implements FlatMapFunction<CompletionEvent, Tuple2<ChatTopic, CompletionEvent>> {
  private static final long serialVersionUID = 1L;

  private final EnumSet<ChatTopic> topics;
  private final ReplyRule rule;

  Router(Set<ChatTopic> topics, ReplyRule rule) {
    this.rule = rule;
    this.topics = EnumSet.noneOf(ChatTopic.class);
    this.topics.addAll(topics);
  }

  @Override
  public void flatMap(CompletionEvent event, Collector<Tuple2<ChatTopic, CompletionEvent>> out) {
    for (ChatTopic topic : topics) {
      if (TopicRecords.has(topic, event, rule)) {
        out.collect(Tuple2.of(topic, event));
      }
    }
  }
}

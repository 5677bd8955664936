package io.flinkmistral.jobs.kafka.sink;

import io.flinkmistral.jobs.topics.ChatTopic;
import io.flinkmistral.protocol.CompletionEvent;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.util.Collector;

/** Events beside the topics of one use that have them: none, one, or several. */
final class Router implements FlatMapFunction<CompletionEvent, Tuple2<ChatTopic, CompletionEvent>> {
  private static final long serialVersionUID = 1L;

  private final ChatTopic.Use use;

  Router(ChatTopic.Use use) {
    this.use = use;
  }

  @Override
  public void flatMap(CompletionEvent event, Collector<Tuple2<ChatTopic, CompletionEvent>> out) {
    for (ChatTopic topic : ChatTopic.values()) {
      if (topic.use() == use && Contents.has(topic, event)) {
        out.collect(Tuple2.of(topic, event));
      }
    }
  }
}

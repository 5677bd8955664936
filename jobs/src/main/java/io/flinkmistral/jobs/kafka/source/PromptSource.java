package io.flinkmistral.jobs.kafka.source;

import io.flinkmistral.jobs.json.RecordReader;
import io.flinkmistral.jobs.json.RequestReader;
import io.flinkmistral.jobs.kafka.KafkaProperties;
import io.flinkmistral.jobs.kafka.ReplyRule;
import io.flinkmistral.jobs.options.ChatJobOptions;
import io.flinkmistral.jobs.options.ModerationOptions;
import io.flinkmistral.jobs.topics.ChatTopic;
import io.flinkmistral.operator.MistralTypes;
import io.flinkmistral.protocol.ClientRecord;
import io.flinkmistral.protocol.CompletionEvent;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.types.Either;

/**
 * The prompts topic.
 *
 * @param requests records that are requests, or say what is to become of them
 * @param rejected events of those that are none
 */
public record PromptSource(
    DataStream<ClientRecord> requests, DataStream<CompletionEvent> rejected) {

  /** Adds the source to the job. */
  public static PromptSource add(StreamExecutionEnvironment env, ReadableConfig options) {
    SingleOutputStreamOperator<ClientRecord> requests =
        env.fromSource(source(options), WatermarkStrategy.noWatermarks(), "prompts")
            .uid("prompts")
            .process(new RejectedSplitter())
            .returns(MistralTypes.CLIENT_RECORD)
            .name("split rejected")
            .uid("split-rejected");
    return new PromptSource(requests, requests.getSideOutput(RejectedSplitter.REJECTED));
  }

  private static KafkaSource<Either<CompletionEvent, ClientRecord>> source(ReadableConfig options) {
    String prompts = ChatTopic.PROMPTS.in(options);
    PromptDeserializer deserializer =
        new PromptDeserializer(
            new RecordReader(
                new RequestReader(
                    options.get(ChatJobOptions.MAX_BYTES),
                    options.get(ChatJobOptions.UNKNOWN_FIELDS),
                    ModerationOptions.rule(options))),
            ReplyRule.of(options),
            prompts,
            KafkaProperties.client(options));
    return TopicSource.builder(options, prompts, deserializer).build();
  }
}

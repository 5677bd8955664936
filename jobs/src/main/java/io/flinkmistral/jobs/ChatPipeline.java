package io.flinkmistral.jobs;

import io.flinkmistral.jobs.kafka.sink.EventSinks;
import io.flinkmistral.jobs.kafka.source.PromptSource;
import io.flinkmistral.jobs.options.ChatJobOptions;
import io.flinkmistral.jobs.rocksdb.PageStoreOptions;
import io.flinkmistral.operator.MistralStreams;
import io.flinkmistral.protocol.CompletionEvent;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.CheckpointConfig;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Prompts from Kafka, through the model, back to Kafka. */
public final class ChatPipeline {
  /** Flink's own constant is in RocksDB's jar, which not every cluster has. */
  private static final ConfigOption<String> ROCKSDB_OPTIONS =
      ConfigOptions.key("state.backend.rocksdb.options-factory").stringType().noDefaultValue();

  /** Less than a file of RocksDB has, and more than a source's offsets. */
  private static final MemorySize INLINE_STATE = new MemorySize(512);

  private ChatPipeline() {}

  /** Adds the whole job to {@code env}, which is then ready to be executed. */
  public static void add(StreamExecutionEnvironment env, ReadableConfig options) {
    configure(env, options);
    PromptSource prompts = PromptSource.add(env, options);
    DataStream<CompletionEvent> events = MistralStreams.complete(prompts.requests(), options);
    EventSinks.add(events, prompts.rejected(), options);
  }

  private static void configure(StreamExecutionEnvironment env, ReadableConfig options) {
    env.configure(
        new Configuration().set(ExecutionOptions.RUNTIME_MODE, RuntimeExecutionMode.STREAMING));
    if (env.getConfiguration().getOptional(ROCKSDB_OPTIONS).isEmpty()) {
      // Without effect on other state backends.
      env.configure(new Configuration().set(ROCKSDB_OPTIONS, PageStoreOptions.class.getName()));
    }
    if (env.getConfiguration()
        .getOptional(CheckpointingOptions.FS_SMALL_FILE_THRESHOLD)
        .isEmpty()) {
      // Small files of RocksDB stay for long. They go up once, not with each checkpoint's metadata.
      env.configure(
          new Configuration().set(CheckpointingOptions.FS_SMALL_FILE_THRESHOLD, INLINE_STATE));
    }
    env.setMaxParallelism(options.get(ChatJobOptions.MAX_PARALLELISM));
    env.enableCheckpointing(
        options.get(ChatJobOptions.CHECKPOINT_INTERVAL).toMillis(), CheckpointingMode.EXACTLY_ONCE);
    CheckpointConfig checkpoints = env.getCheckpointConfig();
    checkpoints.enableUnalignedCheckpoints(options.get(ChatJobOptions.CHECKPOINT_UNALIGNED));
  }
}

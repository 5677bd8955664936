package io.flinkmistral.jobs.enrichment;

import io.flinkmistral.enrichment.RecordColumns;
import io.flinkmistral.jobs.options.ChatJobOptions;
import io.flinkmistral.operator.MistralStreams;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.BatchExecutionOptions;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Records from a topic or files, through the model, to a topic or files. */
public final class EnrichmentPipeline {
  static final TypeInformation<InputRecord> INPUT = TypeInformation.of(InputRecord.class);
  static final TypeInformation<OutputRecord> OUTPUT = TypeInformation.of(OutputRecord.class);

  private EnrichmentPipeline() {}

  /**
   * Adds the whole job to {@code env}, which is then ready to be executed, in the mode that it is
   * set to.
   *
   * @throws IllegalArgumentException if an option is missing or wrong
   */
  public static void add(StreamExecutionEnvironment env, ReadableConfig options) {
    EnrichmentPlan plan = EnrichmentPlan.of(options);
    EnrichmentSinks sinks = EnrichmentSinks.of(options);
    env.setMaxParallelism(options.get(ChatJobOptions.MAX_PARALLELISM));
    useAllSubtasks(env);
    env.enableCheckpointing(
        options.get(ChatJobOptions.CHECKPOINT_INTERVAL).toMillis(), CheckpointingMode.EXACTLY_ONCE);
    env.getCheckpointConfig()
        .enableUnalignedCheckpoints(options.get(ChatJobOptions.CHECKPOINT_UNALIGNED));
    DataStream<InputRecord> records = EnrichmentSource.add(env, options, plan.format());
    sinks.add(enrich(records, plan, sinks.limit(), options));
  }

  /**
   * In batch mode Flink has a subtask for each 16 MB of input, where nobody says otherwise. To a
   * model that is the work of days.
   */
  public static void useAllSubtasks(StreamExecutionEnvironment env) {
    ConfigOption<Boolean> bySize = BatchExecutionOptions.ADAPTIVE_AUTO_PARALLELISM_ENABLED;
    if (env.getConfiguration().getOptional(bySize).isEmpty()) {
      env.configure(new Configuration().set(bySize, false));
    }
  }

  /** Between source and sinks. */
  private static SingleOutputStreamOperator<OutputRecord> enrich(
      DataStream<InputRecord> records,
      EnrichmentPlan plan,
      RowLimit limit,
      ReadableConfig options) {
    RecordColumns<InputRecord> columns = plan.format().columns();
    return MistralStreams.enrich(records, plan.template(), plan.task(), columns, options)
        .map(new OutputRecords(plan.format(), plan.fields(), limit))
        .returns(OUTPUT)
        .name("output records")
        .uid("output-records");
  }
}

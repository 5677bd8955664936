package io.flinkmistral.jobs.evaluation;

import io.flinkmistral.enrichment.Capacity;
import io.flinkmistral.enrichment.EnrichmentStreams;
import io.flinkmistral.jobs.enrichment.EnrichmentJobOptions;
import io.flinkmistral.jobs.enrichment.EnrichmentPipeline;
import io.flinkmistral.jobs.enrichment.JsonRecords;
import io.flinkmistral.jobs.enrichment.OutputRecord;
import io.flinkmistral.jobs.options.ChatJobOptions;
import io.flinkmistral.operator.options.MistralSettings;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.windowing.assigners.GlobalWindows;

/** Questions from a topic or files, through the model, to results and a report. */
public final class EvaluationPipeline {
  /** The uid of the step that asks: savepoints find its state by it. */
  static final String UID = "mistral-evaluate";

  private EvaluationPipeline() {}

  /**
   * Adds the whole job to {@code env}, which is then ready to be executed, in the mode that it is
   * set to. Benchmarks are to be questions by then, see {@link PreparedQuestions}.
   *
   * @throws IllegalArgumentException if an option is missing or wrong
   */
  public static void add(StreamExecutionEnvironment env, ReadableConfig options) {
    Configuration own = Configuration.fromMap(options.toMap());
    own.set(EnrichmentJobOptions.INPUT_END, "latest"); // An evaluation ends.
    own.set(EnrichmentJobOptions.NAME, options.get(EvaluationJobOptions.NAME));
    MistralSettings settings = MistralSettings.of(own);
    ReportFiles report = report(options);
    env.setMaxParallelism(options.get(ChatJobOptions.MAX_PARALLELISM));
    EnrichmentPipeline.useAllSubtasks(env);
    env.enableCheckpointing(
        options.get(ChatJobOptions.CHECKPOINT_INTERVAL).toMillis(), CheckpointingMode.EXACTLY_ONCE);
    env.getCheckpointConfig()
        .enableUnalignedCheckpoints(options.get(ChatJobOptions.CHECKPOINT_UNALIGNED));
    SingleOutputStreamOperator<OutputRecord> results =
        EnrichmentStreams.enrich(
            JsonRecords.from(env, own),
            UID,
            new QuestionEnricher.Factory(settings, options.get(EnrichmentJobOptions.SEED)),
            new Capacity(settings.queueLimit(), settings.queueBytes(), false),
            JsonRecords.OUTPUT);
    JsonRecords.to(results, own);
    results
        .windowAll(GlobalWindows.createWithEndOfStreamTrigger())
        .aggregate(new ResultTallies(), ResultTallies.TYPE, ResultTallies.TYPE)
        .name("report")
        .uid("report")
        .sinkTo(new ReportSink(report))
        .setParallelism(1)
        .name("report files")
        .uid("report-files");
  }

  /**
   * Where the report goes.
   *
   * @throws IllegalArgumentException if an option is missing
   */
  static ReportFiles report(ReadableConfig options) {
    MistralSettings settings = MistralSettings.of(options);
    return new ReportFiles(
        Folders.report(options),
        settings.model().name().isEmpty()
            ? java.nio.file.Path.of(settings.model().path()).getFileName().toString()
            : settings.model().name());
  }
}

package io.flinkmistral.jobs.bench.enrichment;

import io.flinkmistral.enrichment.Enriched;
import io.flinkmistral.jobs.local.LocalFlink;
import io.flinkmistral.operator.MistralStreams;
import io.flinkmistral.task.prompt.PromptTemplate;
import io.flinkmistral.task.prompt.Provenance;
import io.flinkmistral.task.work.TaskResult;
import java.util.List;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** A Flink job with the model inside. */
record JobContender(LocalFlink flink, Configuration options, Work work) implements Contender {
  /** Of both jobs. */
  private static final int CHECKPOINT_MILLIS = 10_000;

  @Override
  public String name() {
    return "job";
  }

  @Override
  public List<Outcome> run(PromptTemplate template, List<Records.Item> records) throws Exception {
    DataStream<Timed> stream = stream(flink, records.stream().map(Records.Item::text).toList());
    return MistralStreams.enrich(stream, template, work.task(), options)
        .map(JobContender::outcome)
        .returns(Outcome.class)
        .executeAndCollect(records.size());
  }

  /** Records in a job that takes checkpoints. */
  static DataStream<Timed> stream(LocalFlink flink, List<String> texts) {
    StreamExecutionEnvironment env = flink.environment();
    env.enableCheckpointing(CHECKPOINT_MILLIS);
    return env.fromData(texts).map(Timed::now).returns(Timed.class);
  }

  private static Outcome outcome(Enriched<Timed> enriched) {
    return switch (enriched) {
      case Enriched.Done<Timed>(Timed record, TaskResult result) -> outcome(record, result);
      case Enriched.Failed<Timed> failed -> throw new IllegalStateException(failed.message());
    };
  }

  private static Outcome outcome(Timed record, TaskResult result) {
    return outcome(record.began(), result);
  }

  static Outcome outcome(long began, TaskResult result) {
    Provenance from = result.provenance();
    String text =
        switch (result) {
          case TaskResult.Text answer -> answer.text();
          case TaskResult.Fields fields -> fields.json();
          default -> "";
        };
    return new Outcome(
        began, System.nanoTime(), from.promptTokens(), -1, from.completionTokens(), text);
  }
}

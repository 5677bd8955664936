package io.flinkmistral.jobs.evaluation;

import io.flinkmistral.jobs.enrichment.EnrichmentJobOptions;
import io.flinkmistral.jobs.evaluation.benchmark.Benchmark;
import io.flinkmistral.operator.options.Allowed;
import io.flinkmistral.operator.options.CheckedOptions;
import io.flinkmistral.protocol.AnswerOptions;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;

/** The options of the evaluation job, with those that it shares with the enrichment job. */
public final class EvaluationJobOptions {
  /** All of them. */
  public static final CheckedOptions CHECKED = new CheckedOptions();

  /** Those of the enrichment job that have no meaning here. */
  private static final Set<String> OF_ENRICHMENT =
      Set.of(
          "continuation",
          "fields",
          "input.columns",
          "input.end",
          "input.format",
          "job.name",
          "kafka.check",
          "labels",
          "model.template",
          "output.field",
          "output.provenance",
          "request.max-tokens",
          "sample",
          "stop",
          "system-prompt",
          "task",
          "temperature",
          "template",
          "template.system-position",
          "template.tools");

  static {
    CHECKED.addFrom(
        EnrichmentJobOptions.CHECKED,
        option ->
            !option.key().startsWith("enrich.")
                && !option.key().startsWith("moderation.")
                && !option.key().startsWith("labels.")
                && !option.key().startsWith("embedding.")
                && !OF_ENRICHMENT.contains(option.key()));
  }

  public static final ConfigOption<String> NAME =
      CHECKED.add(
          ConfigOptions.key("job.name")
              .stringType()
              .defaultValue("flink-mistral-evaluation")
              .withDescription("Name of the job."),
          Allowed.line(256));

  public static final ConfigOption<List<String>> BENCHMARKS =
      CHECKED.add(
          ConfigOptions.key("benchmarks")
              .stringType()
              .asList()
              .defaultValues()
              .withDescription(
                  "Benchmarks in place of an input, separated by semicolons: %s."
                      .formatted(String.join(", ", Benchmark.words()))),
          new Allowed<>(
              "names separated by semicolons",
              names ->
                  Benchmark.words().containsAll(names)
                      && new HashSet<>(names).size() == names.size()));

  public static final ConfigOption<String> DATA =
      CHECKED.add(
          ConfigOptions.key("benchmarks.data")
              .stringType()
              .noDefaultValue()
              .withDescription(
                  "Folder of their published files, on the machine that submits the job; each"
                      + " benchmark has a folder of its name in there."),
          Allowed.line(4096));

  public static final ConfigOption<Integer> SHOTS =
      CHECKED.add(
          ConfigOptions.key("benchmarks.shots")
              .intType()
              .noDefaultValue()
              .withDescription(
                  "Examples before each of their questions; by default as many as the"
                      + " announcement says: 5 of mmlu and triviaqa, 8 of gsm8k, else none."),
          Allowed.numbers(0, 100));

  public static final ConfigOption<Integer> SAMPLES =
      CHECKED.add(
          ConfigOptions.key("benchmarks.samples")
              .intType()
              .noDefaultValue()
              .withDescription(
                  "Answers that are written to each question that is no choice, of which the most"
                      + " frequent one counts; by default 8 of gsm8k, else 1."),
          Allowed.numbers(1, AnswerOptions.MOST_CHOICES));

  public static final ConfigOption<Double> TEMPERATURE =
      CHECKED.add(
          ConfigOptions.key("benchmarks.temperature")
              .doubleType()
              .defaultValue(0.2)
              .withDescription("Of these answers, where they are more than one."),
          new Allowed<>("0 to 100", t -> t >= 0 && t <= 100));

  public static final ConfigOption<Integer> LIMIT =
      CHECKED.add(
          ConfigOptions.key("benchmarks.limit")
              .intType()
              .defaultValue(0)
              .withDescription("Most questions of each of their files; 0 for all."),
          Allowed.numbers(0, Integer.MAX_VALUE));

  public static final ConfigOption<String> REPLAY =
      CHECKED.add(
          ConfigOptions.key("replay")
              .stringType()
              .noDefaultValue()
              .withDescription(
                  "Savepoint or retained checkpoint of a chat job in place of an input: each turn"
                      + " is answered again behind the same tokens, and held against its old"
                      + " answer. It is only read, where the job is submitted."),
          Allowed.line(4096));

  public static final ConfigOption<Double> REPLAY_TEMPERATURE =
      CHECKED.add(
          ConfigOptions.key("replay.temperature")
              .doubleType()
              .defaultValue(0.0)
              .withDescription(
                  "Of the answers to these turns; the state does not say the old one."),
          new Allowed<>("0 to 100", t -> t >= 0 && t <= 100));

  public static final ConfigOption<String> REPORT =
      CHECKED.add(
          ConfigOptions.key("report")
              .stringType()
              .noDefaultValue()
              .withDescription(
                  "Folder of report.txt, report.svg and report.json; by default that of the"
                      + " output with -report behind it."),
          Allowed.line(4096));

  private EvaluationJobOptions() {}
}

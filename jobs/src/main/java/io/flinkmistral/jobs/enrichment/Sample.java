package io.flinkmistral.jobs.enrichment;

import io.flinkmistral.enrichment.Enriched;
import io.flinkmistral.operator.MistralStreams;
import io.flinkmistral.protocol.ErrorCode;
import io.flinkmistral.protocol.Excerpt;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.CloseableIterator;

/**
 * The first records of the input, enriched: what they become, what they cost, and how long the
 * whole input will take. Nothing is written.
 */
final class Sample {
  private static final double SECONDS_OF_AN_HOUR = 3600;

  private final EnrichmentPlan plan;
  private final ReadableConfig options;
  private final List<Enriched<InputRecord>> enriched = new ArrayList<>();
  private double seconds;

  /** Tokens that a prompt has without the record's text. */
  private long templateTokens;

  private Sample(EnrichmentPlan plan, ReadableConfig options) {
    this.plan = plan;
    this.options = options;
  }

  /** Takes it, with two short jobs of {@code env}. */
  static Sample of(StreamExecutionEnvironment env, ReadableConfig options) throws Exception {
    Sample sample = new Sample(EnrichmentPlan.of(options), options);
    List<InputRecord> records =
        EnrichmentSource.forALook(env, options, sample.plan.format())
            .executeAndCollect(options.get(EnrichmentJobOptions.SAMPLE));
    if (records.isEmpty()) {
      throw new IllegalArgumentException(
          "option input: there are no records in " + options.get(EnrichmentJobOptions.INPUT));
    }
    sample.run(env, records);
    return sample;
  }

  @SuppressWarnings("try") // That closing it may be interrupted.
  private void run(StreamExecutionEnvironment env, List<InputRecord> records) throws Exception {
    List<InputRecord> all = new ArrayList<>();
    all.add(
        new InputRecord(null, null, new String[0], new byte[0][], "")); // A prompt without text.
    all.addAll(records);
    Map<String, String> nothing =
        plan.template().columns().stream().collect(Collectors.toMap(name -> name, _ -> ""));
    long begin = 0;
    try (CloseableIterator<Enriched<InputRecord>> out =
        MistralStreams.enrich(
                env.fromData(all, EnrichmentPipeline.INPUT),
                plan.template(),
                plan.task(),
                InputFormat.orNothing(plan.format().columns(), nothing),
                options)
            .executeAndCollect()) {
      while (out.hasNext()) {
        Enriched<InputRecord> one = out.next();
        // Before the first one the model was loaded.
        begin = begin == 0 ? System.nanoTime() : begin;
        take(one);
      }
    }
    seconds = (System.nanoTime() - begin) / 1e9;
  }

  private void take(Enriched<InputRecord> one) {
    if (one.record().value() != null) {
      enriched.add(one);
    } else if (one instanceof Enriched.Done<InputRecord> done) {
      templateTokens = done.result().provenance().promptTokens();
    }
  }

  void print(PrintStream out) throws IOException {
    long prompt = 0;
    long drawn = 0;
    long bytes = 0;
    long rows = 0;
    Map<String, Integer> errors = new TreeMap<>();
    for (Enriched<InputRecord> one : enriched) {
      bytes += one.record().value().length;
      switch (one) {
        case Enriched.Done<InputRecord> done -> {
          rows++;
          prompt += done.result().provenance().promptTokens();
          drawn += done.result().provenance().completionTokens();
          byte[] record = DeadLetter.record(done.record().value());
          out.println(
              new String(
                  plan.format().row(record, plan.fields().of(done.result())),
                  StandardCharsets.UTF_8));
        }
        case Enriched.Failed<InputRecord>(
                InputRecord record,
                ErrorCode code,
                String parameter,
                String message) -> {
          errors.merge(code.wireName(), 1, Integer::sum);
          out.println(
              new String(
                  DeadLetter.line(DeadLetter.record(record.value()), code, parameter, message),
                  StandardCharsets.UTF_8));
        }
      }
    }
    double rate = enriched.size() / seconds;
    out.printf(
        "records  %d: %d rows, %d errors %s%n",
        enriched.size(), rows, enriched.size() - rows, errors);
    out.printf(
        "tokens   %d in prompts: own %d, shared %d (of the template %d in each); %d drawn%n",
        prompt, prompt - rows * templateTokens, rows * templateTokens, templateTokens, drawn);
    out.printf("time     %.1f s, %.1f records a second%n", seconds, rate);
    OptionalDouble whole = InputSize.records(options, (double) bytes / enriched.size());
    String place = Excerpt.of(options.get(EnrichmentJobOptions.INPUT));
    if (whole.isPresent()) {
      out.printf(
          "whole    about %.0f records in %s: %.2f hours%n",
          whole.getAsDouble(), place, whole.getAsDouble() / rate / SECONDS_OF_AN_HOUR);
    } else {
      out.printf("whole    %s is compressed: how many records it has cannot be told%n", place);
    }
  }
}

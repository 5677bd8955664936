package io.flinkmistral.jobs.bench.enrichment;

import io.flinkmistral.jobs.bench.enrichment.EnrichmentBench.Settings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Measures contenders in turns. */
final class Comparison {
  private final Settings settings;
  private final Records records;
  private final List<Contender> contenders;
  private final Map<String, List<Double>> speeds = new LinkedHashMap<>();
  private final Map<String, List<Outcome>> outcomes = new LinkedHashMap<>();

  /**
   * @param contenders the one that others are held against first
   */
  Comparison(Settings settings, Records records, List<Contender> contenders) {
    this.settings = settings;
    this.records = records;
    this.contenders = contenders;
  }

  /** A line of JSON. */
  String run(Work work) throws Exception {
    for (Contender contender : contenders) {
      // Slots of a server have the beginning each by itself; kernels are compiled.
      round(contender, records.next(2 * settings.concurrency()));
      speeds.put(contender.name(), new ArrayList<>());
      outcomes.put(contender.name(), new ArrayList<>());
    }
    for (int round = 0; round < settings.rounds(); round++) {
      for (int i = 0; i < contenders.size(); i++) {
        Contender contender = contenders.get((round + i) % contenders.size());
        // Of its own: job and engine share a model, which would know whole prompts of the other.
        List<Outcome> all = round(contender, records.next(settings.records()));
        speeds.get(contender.name()).add(perSecond(all));
        outcomes.get(contender.name()).addAll(all);
        System.err.printf(
            Locale.ROOT,
            "%s, round %d: %s %.3f records a second%n",
            work.name(),
            round + 1,
            contender.name(),
            speeds.get(contender.name()).getLast());
      }
    }
    return line(work);
  }

  private List<Outcome> round(Contender contender, List<Records.Item> items) throws Exception {
    List<Outcome> all = contender.run(records.template(), items);
    if (all.size() != items.size()) {
      throw new IllegalStateException(
          "%s has %d answers to %d records".formatted(contender.name(), all.size(), items.size()));
    }
    return all;
  }

  private static double perSecond(List<Outcome> all) {
    long began = all.stream().mapToLong(Outcome::began).min().orElseThrow();
    long ended = all.stream().mapToLong(Outcome::ended).max().orElseThrow();
    return all.size() * 1e9 / (ended - began);
  }

  private String line(Work work) {
    ObjectNode line = JsonMapper.shared().createObjectNode();
    line.put("task", work.name())
        .put("model", settings.model().getFileName().toString())
        .put("records", settings.records())
        .put("concurrency", settings.concurrency())
        .put("prompt_tokens", mean(contenders.getFirst().name(), Outcome::promptTokens));
    ObjectNode perSecond = line.putObject("records_per_second");
    speeds.forEach(
        (name, all) -> {
          ArrayNode rounds = perSecond.putArray(name);
          all.forEach(speed -> rounds.add(rounded(speed)));
        });
    ObjectNode ratios = line.putObject("ratios");
    String first = contenders.getFirst().name();
    contenders.stream()
        .skip(1)
        .map(Contender::name)
        .forEach(name -> ratios.put("%s/%s".formatted(first, name), rounded(ratio(first, name))));
    ObjectNode tokens = line.putObject("tokens");
    for (String name : speeds.keySet()) {
      ObjectNode one = tokens.putObject(name);
      one.put("drawn", mean(name, Outcome::completionTokens));
      // Fewer than drawn where weights are random, and a grammar lets them spell a text otherwise.
      one.put("of_text", mean(name, outcome -> records.tokens(outcome.text())));
      double reused = mean(name, Outcome::reusedTokens);
      if (reused >= 0) {
        one.put("reused", reused);
      }
    }
    return JsonMapper.shared().writeValueAsString(line);
  }

  private double mean(String name, ToDoubleFunction<Outcome> value) {
    return rounded(outcomes.get(name).stream().mapToDouble(value).average().orElse(0));
  }

  /** The median of the rounds'. */
  private double ratio(String first, String name) {
    double[] all =
        IntStream.range(0, settings.rounds())
            .mapToDouble(i -> speeds.get(first).get(i) / speeds.get(name).get(i))
            .sorted()
            .toArray();
    int middle = all.length / 2;
    return all.length % 2 == 1
        ? all[middle]
        : DoubleStream.of(all[middle - 1], all[middle]).average().orElseThrow();
  }

  private static double rounded(double value) {
    return Double.parseDouble(String.format(Locale.ROOT, "%.4g", value));
  }
}

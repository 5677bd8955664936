package io.flinkmistral.jobs.gateway.stress;

import io.flinkmistral.jobs.CommittedRecords;
import io.flinkmistral.jobs.TopicProbe;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** What the job's topics say of the requests of a run, and what is wrong with what clients saw. */
final class TopicsVerdict {
  private static final String CANCELLED = "cancelled";

  /** An answer of the topic of completions. */
  private record Answer(String text, String reason, int completionTokens) {
    static Answer of(JsonNode json) {
      JsonNode choice = json.path("choices").path(0);
      return new Answer(
          choice.at("/message/content").asString(""),
          choice.path("finish_reason").asString(json.path("error").toString()),
          json.at("/usage/completion_tokens").asInt(-1));
    }
  }

  private final Set<String> asked = new HashSet<>();
  private final Map<String, List<Answer>> answers = new HashMap<>();
  private final List<String> faults = new ArrayList<>();

  /** To be called when the job has ended. */
  static TopicsVerdict of(String bootstrapServers, List<Told> told) {
    TopicsVerdict verdict = new TopicsVerdict();
    verdict.read(bootstrapServers);
    verdict.judge(told);
    return verdict;
  }

  /** When all records are in. */
  void judge(List<Told> told) {
    checkAnswers();
    told.forEach(this::check);
    checkKeys(told);
  }

  private void read(String bootstrapServers) {
    try (CommittedRecords records =
        new CommittedRecords(bootstrapServers, "prompts", "completions")) {
      while (!records.isAtEnd()) {
        records
            .poll(Duration.ofMillis(500))
            .forEach(record -> take(record.topic(), TopicProbe.json(record)));
      }
    }
  }

  /** A record of prompts or completions. */
  void take(String topic, JsonNode json) {
    String id = json.path("request_id").asString("");
    if (topic.equals("completions")) {
      answers.computeIfAbsent(id, _ -> new ArrayList<>()).add(Answer.of(json));
    } else if (!json.has("cancel")) {
      asked.add(id);
    }
  }

  private void checkAnswers() {
    for (String id : asked) {
      int count = answers.getOrDefault(id, List.of()).size();
      if (count != 1) {
        faults.add("%s: %d answers".formatted(id, count));
      }
    }
    answers.forEach(
        (id, all) -> {
          if (!asked.contains(id)) {
            faults.add(id + ": answered, but never asked");
          } else if (all.getFirst().reason().startsWith("{")) {
            faults.add("%s: %s".formatted(id, all.getFirst().reason()));
          }
        });
  }

  private void check(Told told) {
    List<Answer> said = answers.getOrDefault(told.request(), List.of());
    if (said.isEmpty()) {
      faults.add("%s was told, and never answered".formatted(told));
      return;
    }
    Answer answer = said.getFirst();
    boolean agrees =
        told.isWhole()
            ? told.text().equals(answer.text())
                && told.end().reason().equals(answer.reason())
                && told.end().completionTokens() == answer.completionTokens()
            : answer.text().startsWith(told.text())
                // Pieces may go further than an answer that was ended from outside.
                || (answer.reason().equals(CANCELLED) && told.text().startsWith(answer.text()));
    if (!agrees) {
      faults.add("told %s, but answered %s".formatted(told, answer));
    }
  }

  /** However often a client came with a key, it is one answer. */
  private void checkKeys(List<Told> told) {
    Map<String, Set<String>> requests = new HashMap<>();
    Set<String> whole = new HashSet<>();
    for (Told one : told) {
      if (!one.key().isEmpty()) {
        requests.computeIfAbsent(one.key(), _ -> new HashSet<>()).add(one.request());
        if (one.isWhole()) {
          whole.add(one.key());
        }
      }
    }
    requests.forEach(
        (key, ids) -> {
          if (!whole.contains(key)) {
            faults.add(key + ": its answer never came");
          }
          long counted = ids.stream().filter(id -> !isCancelled(id)).count();
          if (counted != 1) {
            faults.add("%s: %d answers under %s".formatted(key, counted, ids));
          }
        });
  }

  private boolean isCancelled(String id) {
    return answers.getOrDefault(id, List.of()).stream()
        .anyMatch(answer -> answer.reason().equals(CANCELLED));
  }

  int requests() {
    return asked.size();
  }

  /** Requests whose clients were gone before they were answered. */
  long cancelled() {
    return answers.keySet().stream().filter(this::isCancelled).count();
  }

  /** What is wrong; nothing if all is well. */
  List<String> faults() {
    return faults;
  }
}

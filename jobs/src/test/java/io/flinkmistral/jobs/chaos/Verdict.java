package io.flinkmistral.jobs.chaos;

import io.flinkmistral.jobs.recovery.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/**
 * How a run compares to the undisturbed one.
 *
 * @param kills how many there were
 * @param lost requests without an answer
 * @param duplicated requests with more than one
 * @param differing what is not as in the undisturbed run: both texts
 */
record Verdict(
    long seed,
    int requests,
    int kills,
    List<String> lost,
    List<String> duplicated,
    List<String> differing) {

  static Verdict of(
      long seed, int kills, Map<String, Answer> expected, ChaosTranscript transcript) {
    List<String> lost = new ArrayList<>();
    List<String> duplicated = new ArrayList<>();
    List<String> differing = new ArrayList<>(transcript.contradictions());
    transcript
        .unknown(expected.keySet())
        .forEach(id -> differing.add(id + ": answered, but never asked"));
    expected.forEach(
        (request, answer) -> {
          List<JsonNode> answers = transcript.answersTo(request);
          if (answers.isEmpty()) {
            lost.add(request);
          } else if (answers.size() > 1) {
            duplicated.add(request);
          }
          answers.forEach(json -> compare(request, answer, json, differing));
          String streamed = transcript.streamed(request);
          if (!streamed.equals(answer.text())) {
            differing.add(
                "%s, streamed: expected %s%n but was %s"
                    .formatted(request, answer.text(), streamed));
          }
        });
    return new Verdict(seed, expected.size(), kills, lost, duplicated, differing);
  }

  private static void compare(
      String request, Answer expected, JsonNode json, List<String> differing) {
    if (json.has("error")) {
      differing.add("%s: expected %s%n but was %s".formatted(request, expected, json));
    } else if (!Answer.of(json).equals(expected)) {
      differing.add("%s: expected %s%n but was %s".formatted(request, expected, Answer.of(json)));
    }
  }

  /** What every run ends with. */
  String line() {
    return "chaos: seed %d, requests %d, kills %d, lost %d, duplicated %d, differing %d"
        .formatted(seed, requests, kills, lost.size(), duplicated.size(), differing.size());
  }

  /** What is wrong; nothing if all is well. */
  List<String> faults() {
    return Stream.of(
            lost.stream().map(id -> id + ": no answer"),
            duplicated.stream().map(id -> id + ": more than one answer"),
            differing.stream())
        .flatMap(faults -> faults)
        .toList();
  }
}

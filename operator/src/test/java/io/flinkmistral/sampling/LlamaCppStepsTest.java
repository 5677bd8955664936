package io.flinkmistral.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.flinkmistral.protocol.SamplingParams;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Each step, and all of them in a row, does to logits what llama.cpp has done to them once. */
class LlamaCppStepsTest {
  private static final JsonNode DATA = data();

  private static JsonNode data() {
    try (InputStream in = LlamaCppStepsTest.class.getResourceAsStream("/sampling/llama_cpp.json")) {
      return new JsonMapper().readTree(in);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  static Stream<JsonNode> cases() {
    return DATA.get("cases").values().stream();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void doesTheSameAsLlamaCpp(JsonNode example) {
    float[] row = floats(DATA.get("rows").get(example.get("row").intValue()));
    double temperature = example.path("temperature").asDouble(1);
    Sampler sampler =
        new Sampler(
            new SamplingParams(
                    temperature,
                    example.path("top_p").asDouble(1),
                    example.path("top_k").asInt(0),
                    example.path("min_p").asDouble(0),
                    OptionalLong.empty())
                .withTypicalP(example.path("typical_p").asDouble(1)),
            7,
            steps(example));
    example.path("tokens").values().forEach(token -> sampler.accept(token.intValue()));
    float[] changed = sampler.changed(row, 0, row.length);
    float max = changed[Sampler.argmax(changed, 0, changed.length)];
    Candidates candidates = sampler.candidates(changed, 0, changed.length, max);
    // What is less probable by e^30 changes nothing, and may be left out.
    IntPredicate counts = token -> changed[token] >= max - 30 * temperature;
    assertThat(IntStream.of(candidates.tokens()).filter(counts).toArray())
        .containsExactlyInAnyOrder(
            IntStream.of(kept(example, row.length)).filter(counts).toArray());
    for (int token : candidates.tokens()) {
      double theirs = example.path("logits").path(String.valueOf(token)).asDouble(row[token]);
      assertThat(changed[token] / temperature)
          .as("logit of token %d", token)
          .isCloseTo(theirs, within(2e-5 * Math.max(1, Math.abs(theirs))));
    }
  }

  private static int[] kept(JsonNode example, int size) {
    return example.has("kept")
        ? example.get("kept").values().stream().mapToInt(JsonNode::intValue).toArray()
        : IntStream.range(0, size).toArray();
  }

  private static List<LogitStep> steps(JsonNode example) {
    List<LogitStep> steps = new ArrayList<>();
    TreeMap<Integer, Float> bias = new TreeMap<>();
    example
        .path("logit_bias")
        .properties()
        .forEach(entry -> bias.put(Integer.valueOf(entry.getKey()), entry.getValue().floatValue()));
    steps.add(new LogitBias(bias));
    if (example.has("repeat_last_n")) {
      steps.add(
          new RepetitionPenalty(
              example.get("repetition_penalty").doubleValue(),
              example.get("repeat_last_n").intValue(),
              new int[0]));
    }
    steps.add(
        new AnswerPenalties(
            example.path("presence_penalty").asDouble(0),
            example.path("frequency_penalty").asDouble(0)));
    return steps;
  }

  private static float[] floats(JsonNode list) {
    float[] values = new float[list.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = list.get(i).floatValue();
    }
    return values;
  }
}

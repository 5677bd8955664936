package io.flinkmistral.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.flinkmistral.weights.LoadListener;
import io.flinkmistral.weights.ModelFile;
import io.flinkmistral.weights.gguf.GgufWriter;
import io.flinkmistral.weights.gguf.QuantizationMix;
import io.flinkmistral.weights.reader.ModelReader;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the probe answers is what an independent implementation computes: one in numpy with numbers
 * of 64 bits, of random models whose prompts reach past the window; and SentencePiece 0.1.97.
 *
 * <p>operator/README.md says of the engine what is allowed here.
 */
class ConformanceTest {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final Path MODELS = Path.of("src/test/resources/models");

  /** Of the greatest logit, at least 1. */
  private static final double ROUNDING = 2e-6;

  /** Root mean square of the errors, of that of the logits, with inputs of 8 bits. */
  private static final double ROUNDED_INPUTS = 0.03;

  /** Of the greatest logit, with inputs of 8 bits. */
  private static final double WORST_OF_ROUNDED_INPUTS = 0.035;

  private final Probe probe = new Probe();

  @TempDir Path folder;

  @AfterEach
  void unload() {
    probe.close();
  }

  /**
   * A model's answers.
   *
   * @param logits of each prompt's positions, one prompt after the other
   */
  private record Golden(JsonNode json, float[] logits) {
    static Golden read(String name) throws IOException {
      byte[] floats = resource("conformance/" + name + ".f32");
      float[] logits = new float[floats.length / Float.BYTES];
      ByteBuffer.wrap(floats).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(logits);
      return new Golden(JSON.readTree(resource("conformance/" + name + ".json")), logits);
    }

    int[] chunks() {
      int window = json.get("window").intValue();
      return new int[] {0, 1, 3, window, window + 2};
    }

    double greatest() {
      double greatest = 1;
      for (float logit : logits) {
        greatest = Math.max(greatest, Math.abs(logit));
      }
      return greatest;
    }
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = ConformanceTest.class.getResourceAsStream("/" + name)) {
      return in.readAllBytes();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "gqa8x2_w12.bf16, gqa8x2_w12/hf-bf16, ",
    "gqa8x2_w12.bf16, gqa8x2_w12/hf-bf16-sharded, ",
    "gqa8x2_w12.bf16, gqa8x2_w12/hf-bf16, BF16",
    "gqa8x2_w12.bf16, gqa8x2_w12/hf-bf16, F32",
    "block256_w20.q4_k_m, block256_w20.q4_k_m.gguf, ",
    "block256_w20.q4_k_m, block256_w20.q4_k_m.gguf, F32"
  })
  void answersAreTheReferences(String golden, String model, QuantizationMix rewritten)
      throws IOException {
    load(rewritten == null ? MODELS.resolve(model) : rewritten(model, rewritten), true);
    Golden expected = Golden.read(golden);
    double most = ROUNDING * expected.greatest();
    for (int chunk : expected.chunks()) {
      Errors errors = errors(expected, chunk);
      assertThat(errors.max()).as("chunks of %d", chunk).isLessThan(most);
    }
    greedyTokensAreThoseOf(expected, most);
    for (JsonNode score : expected.json.get("loglikelihood")) {
      ObjectNode question = question("loglik");
      question.set("context", expected.json.get("prompts").get(score.get("prompt").stringValue()));
      question.set("continuation", score.get("continuation"));
      JsonNode answer = ask(question);
      for (int i = 0; i < score.get("per_token").size(); i++) {
        double logProbability = score.get("per_token").get(i).doubleValue();
        assertThat(answer.get("per_token").get(i).doubleValue())
            .isCloseTo(logProbability, within(2 * most));
      }
      assertThat(answer.get("is_greedy")).isEqualTo(score.get("is_greedy"));
    }
  }

  @Test
  void inputsOfEightBitsCostLittle() throws IOException {
    load(MODELS.resolve("block256_w20.q4_k_m.gguf"), false);
    Golden expected = Golden.read("block256_w20.q4_k_m");
    for (int chunk : expected.chunks()) {
      Errors errors = errors(expected, chunk);
      assertThat(errors.max() / expected.greatest())
          .as("chunks of %d", chunk)
          .isLessThan(WORST_OF_ROUNDED_INPUTS);
      assertThat(errors.relative()).as("chunks of %d", chunk).isLessThan(ROUNDED_INPUTS);
    }
  }

  /**
   * @param max of one logit
   * @param relative root mean square of the errors, of that of the logits
   */
  private record Errors(double max, double relative) {}

  private Errors errors(Golden expected, int chunk) {
    int at = 0;
    double max = 0;
    double errors = 0;
    double squares = 0;
    for (JsonNode ids : expected.json.get("prompts")) {
      JsonNode rows = ask(question("logits").put("chunk", chunk).set("ids", ids)).get("logits");
      assertThat(rows.size()).isEqualTo(ids.size());
      for (JsonNode row : rows) {
        for (JsonNode logit : row) {
          double error = Math.abs(logit.doubleValue() - expected.logits[at]);
          max = Math.max(max, error);
          errors += error * error;
          squares += Math.pow(expected.logits[at], 2);
          at++;
        }
      }
    }
    assertThat(at).isEqualTo(expected.logits.length);
    assertThat(max).isNotNaN();
    return new Errors(max, Math.sqrt(errors / squares));
  }

  /** Until two tokens are so near each other that their order proves nothing. */
  private void greedyTokensAreThoseOf(Golden expected, double error) {
    int compared = 0;
    for (Map.Entry<String, JsonNode> prompt : expected.json.get("prompts").properties()) {
      JsonNode golden = expected.json.get("greedy").get(prompt.getKey());
      int count = golden.get("ids").size();
      JsonNode answer = ask(question("greedy").put("n", count).set("ids", prompt.getValue()));
      for (int i = 0; i < count && golden.get("margins").get(i).doubleValue() > 2 * error; i++) {
        assertThat(answer.get("ids").get(i)).as("token %d", i).isEqualTo(golden.get("ids").get(i));
        compared++;
      }
    }
    assertThat(compared).isGreaterThan(30);
  }

  @ParameterizedTest
  @ValueSource(strings = {"v1", "v3"})
  void textsAreSentencePiecesTokens(String version) throws IOException {
    JsonNode texts = JSON.readTree(resource("tokenizer/strings.json"));
    JsonNode goldens =
        JSON.readTree(resource("tokenizer/goldens_" + version + ".json")).get("entries");
    for (int i = 0; i < texts.size(); i++) {
      JsonNode ids = goldens.get(i).get("ids");
      ObjectNode encode = question("encode").put("vocab", vocabulary(version));
      encode.set("text", texts.get(i).get("text"));
      assertThat(ask(encode).get("ids")).as("text %d", i).isEqualTo(ids);
      ObjectNode decode = question("decode").put("vocab", vocabulary(version));
      decode.set("ids", ids);
      assertThat(ask(decode).get("text")).as("text %d", i).isEqualTo(goldens.get(i).get("decoded"));
    }
  }

  @Test
  void dialoguesAreTheTemplatesTokens() throws IOException {
    int answered = 0;
    for (JsonNode golden : JSON.readTree(resource("tokenizer/goldens_chat.json"))) {
      String version = golden.get("version").stringValue();
      ObjectNode chat = question("chat").put("vocab", vocabulary(version)).put("version", version);
      chat.set("messages", golden.get("messages"));
      chat.set("tools", golden.get("tools"));
      String name = golden.get("name").stringValue();
      assertThat(ask(chat).get("ids")).as("%s, %s", name, version).isEqualTo(golden.get("ids"));
      answered++;
    }
    assertThat(answered).isEqualTo(9);
  }

  @Test
  void whatGoesWrongIsAnswered() {
    assertThat(ask(question("logits")).get("error").stringValue()).contains("load a model first");
    assertThat(ask(question("sing")).get("unsupported").booleanValue()).isTrue();
  }

  private static String vocabulary(String version) {
    return Path.of("src/test/resources/tokenizer/mistral-" + version + ".vocab.gguf").toString();
  }

  private void load(Path model, boolean exact) {
    JsonNode answer = ask(question("load").put("model", model.toString()).put("exact", exact));
    assertThat(answer.get("ok").booleanValue()).as("%s", answer).isTrue();
  }

  /** The same model in one GGUF file, its numbers unchanged. */
  private Path rewritten(String model, QuantizationMix mix) throws IOException {
    Path file = folder.resolve("model.gguf");
    try (Arena arena = Arena.ofShared()) {
      ModelFile source = ModelReader.open(MODELS.resolve(model), arena, LoadListener.NONE);
      GgufWriter.write(source, mix, file, LoadListener.NONE);
    }
    return file;
  }

  private static ObjectNode question(String op) {
    return JSON.createObjectNode().put("op", op);
  }

  private JsonNode ask(JsonNode question) {
    return JSON.readTree(probe.answer(question.toString()));
  }
}

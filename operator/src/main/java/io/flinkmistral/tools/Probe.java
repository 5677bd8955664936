package io.flinkmistral.tools;

import io.flinkmistral.cache.page.KvType;
import io.flinkmistral.kernel.Precision;
import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.Role;
import io.flinkmistral.protocol.ToolCall;
import io.flinkmistral.template.InstructTemplate;
import io.flinkmistral.tokenizer.Tokenizer;
import io.flinkmistral.weights.reader.ModelReader;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The engine without Flink, asked over lines of JSON: {@code mvn -q -Pprobe}. Each line on stdin is
 * a question with an {@code op}, each line on stdout its answer.
 *
 * <pre>
 *   load    {model, exact}               {ok}; exact (default false): no product's inputs are rounded
 *   logits  {ids, chunk}                 {logits: [[...] of each position]}; chunk 0: all at once
 *   greedy  {ids, n}                     {ids}; an end of sequence does not end it
 *   loglik  {context, continuation}      {per_token, is_greedy}
 *   encode  {vocab, text}                {ids}, without BOS
 *   decode  {vocab, ids}                 {text}
 *   chat    {vocab, version, messages, tools}   {ids}
 * </pre>
 *
 * Keys and values are kept in float32. What goes wrong is answered with {@code {"error": ...}}.
 */
public final class Probe implements AutoCloseable {
  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();

  private static final Command COMMAND =
      Command.of(
          "probe",
          """
          asks the engine, over lines of JSON: a question on each line of standard input, its
          answer on one of standard output. Questions: {"op": "load", "model": FILE}, then
          {"op": "greedy", "ids": [...], "n": 5}; logits, loglik, encode, decode, chat: see Probe.java.
          """,
          EngineModel.KERNELS);

  private final Map<String, Tokenizer> tokenizers = new HashMap<>();
  private EngineModel model;

  Probe() {}

  public static void main(String[] args) throws IOException {
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    if (COMMAND.helps(args, out)) {
      return;
    }
    try {
      COMMAND.check(args);
    } catch (IllegalArgumentException e) {
      System.err.println("probe: " + e.getMessage());
      System.exit(1);
    }
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try (Probe probe = new Probe()) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        if (!line.isBlank()) {
          out.println(probe.answer(line));
          out.flush();
        }
      }
    }
  }

  /** Answers a line. */
  String answer(String line) {
    ObjectNode answer = JSON.createObjectNode();
    try {
      answer(JSON.readTree(line), answer);
    } catch (IOException | RuntimeException e) {
      answer.removeAll();
      answer.put("ok", false).put("error", String.valueOf(e.getMessage()));
    }
    return JSON.writeValueAsString(answer);
  }

  private void answer(JsonNode question, ObjectNode answer) throws IOException {
    switch (question.required("op").asString()) {
      case "load" -> load(question, answer);
      case "logits" -> logits(question, answer);
      case "greedy" ->
          putIds(answer, model().greedy(ids(question, "ids"), question.required("n").asInt()));
      case "loglik" -> logLikelihood(question, answer);
      case "encode" ->
          putIds(answer, tokenizer(question).encode(question.required("text").asString()));
      case "decode" -> answer.put("text", tokenizer(question).decode(ids(question, "ids")));
      case "chat" -> chat(question, answer);
      default -> answer.put("unsupported", true);
    }
  }

  private void load(JsonNode question, ObjectNode answer) throws IOException {
    close();
    Precision precision =
        question.path("exact").asBoolean(false) ? Precision.EXACT : Precision.QUANTIZED;
    model =
        EngineModel.load(Path.of(question.required("model").asString()), KvType.F32, 0, precision);
    answer.put("ok", true);
  }

  private void logits(JsonNode question, ObjectNode answer) {
    ArrayNode rows = answer.putArray("logits");
    for (float[] row : model().logits(ids(question, "ids"), question.required("chunk").asInt())) {
      ArrayNode numbers = rows.addArray();
      for (float logit : row) {
        numbers.add(logit);
      }
    }
  }

  private void logLikelihood(JsonNode question, ObjectNode answer) {
    EngineModel.Score score =
        model().score(ids(question, "context"), ids(question, "continuation"));
    ArrayNode numbers = answer.putArray("per_token");
    for (double logProbability : score.logProbabilities()) {
      numbers.add(logProbability);
    }
    answer.put("is_greedy", score.greedy());
  }

  private void chat(JsonNode question, ObjectNode answer) throws IOException {
    List<ChatMessage> messages = new ArrayList<>();
    for (JsonNode message : question.required("messages")) {
      messages.add(message(message));
    }
    List<String> definitions = new ArrayList<>();
    for (JsonNode tool : question.path("tools")) {
      definitions.add(tool.toString());
    }
    InstructTemplate template = InstructTemplate.ofName(question.required("version").asString());
    putIds(answer, template.renderDialogue(tokenizer(question), messages, definitions));
  }

  private static ChatMessage message(JsonNode message) {
    List<ToolCall> calls = new ArrayList<>();
    for (JsonNode call : message.path("tool_calls")) {
      JsonNode function = call.required("function");
      JsonNode arguments = function.required("arguments");
      calls.add(
          new ToolCall(
              call.path("id").asString(""),
              function.required("name").asString(),
              arguments.isString() || arguments.isNull()
                  ? arguments.asString("")
                  : arguments.toString()));
    }
    String role = message.required("role").asString();
    JsonNode content = message.path("content");
    return new ChatMessage(
        Role.ofWireName(role)
            .orElseThrow(() -> new IllegalArgumentException("no such role: " + role)),
        content.isMissingNode() || content.isNull() ? "" : content.asString(),
        calls,
        message.path("tool_call_id").asString(""));
  }

  private EngineModel model() {
    if (model == null) {
      throw new IllegalStateException("load a model first");
    }
    return model;
  }

  private Tokenizer tokenizer(JsonNode question) throws IOException {
    String path = question.required("vocab").asString();
    Tokenizer tokenizer = tokenizers.get(path);
    if (tokenizer == null) {
      tokenizer = ModelReader.readVocabulary(Path.of(path)).tokenizer();
      tokenizers.put(path, tokenizer);
    }
    return tokenizer;
  }

  private static int[] ids(JsonNode question, String field) {
    JsonNode array = question.required(field);
    int[] ids = new int[array.size()];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = array.get(i).asInt();
    }
    return ids;
  }

  private static void putIds(ObjectNode answer, int[] ids) {
    ArrayNode array = answer.putArray("ids");
    for (int id : ids) {
      array.add(id);
    }
  }

  @Override
  public void close() {
    if (model != null) {
      model.close();
      model = null;
    }
  }
}

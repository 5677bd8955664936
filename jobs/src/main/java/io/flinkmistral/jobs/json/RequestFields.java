package io.flinkmistral.jobs.json;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * All fields that OpenAI, vLLM, llama.cpp, Ollama and Mistral's own service know in a request for
 * an answer, and what becomes of each. What is in none of these tables is unknown.
 */
final class RequestFields {
  private static final String LATER = "leave it out";
  private static final String NO_PROBABILITIES = "use logprobs and top_logprobs";
  private static final String COMPACT = "JSON has no white space between its parts";
  private static final String ONE_WAY = "there is one way to hold answers to a form";
  private static final String SAMPLING =
      "tokens are drawn by temperature, top_k, typical_p, top_p and min_p";
  private static final String PENALTY =
      "use presence_penalty, frequency_penalty or repetition_penalty";
  private static final String SERVICE = "it is for the service that stores or bills requests";
  private static final String PLANNING = "it is about time, not about words";
  private static final String WITH_ANOTHER =
      "it says how, and the field that says whether is refused";
  private static final String NO_REASONING = "the model does not think aloud";
  private static final String TEMPLATE =
      "the template is the model's own: see option model.template";
  private static final String TEXT_ONLY = "the model reads and writes text alone";

  static final FieldTable REQUEST =
      FieldTable.of("a request")
          .read("request_id", "conversation_id", "messages", "prompt", "history", "tools", "fork")
          .read("truncation", "instructions", "conversation_ttl")
          .read("max_tokens", "max_completion_tokens", "stop", "stream", "reset")
          .read("min_tokens", "stop_token_ids", "ignore_eos")
          .read("temperature", "top_k", "typical_p", "top_p", "min_p", "seed")
          .read("presence_penalty", "frequency_penalty", "logit_bias", "bad_words")
          .read("repetition_penalty", "repeat_penalty", "repeat_last_n")
          // OpenAI's.
          .withoutEffect("a job has one model: the answer names it", JsonKind.TEXT, "model")
          .read("user", "metadata", "cache_salt")
          .withoutEffect(SERVICE, JsonKind.FLAG, "store")
          .withoutEffect(SERVICE, JsonKind.TEXT, "service_tier", "safety_identifier")
          .withoutEffect(PLANNING, JsonKind.TEXT, "prompt_cache_key", "prompt_cache_retention")
          .withoutEffect(PLANNING, JsonKind.OBJECT, "prompt_cache_options")
          .read("moderation")
          .read("n", "best_of")
          .read("logprobs", "top_logprobs")
          .read("response_format", "tool_choice", "parallel_tool_calls")
          .read("stream_options")
          .refusedBut("modalities", TEXT_ONLY, "[\"text\"]", "[]")
          .refused(TEXT_ONLY, "audio")
          .refusedBut("reasoning_effort", NO_REASONING, "\"none\"")
          .refusedBut("verbosity", "ask for it in words, or set max_tokens", "\"medium\"")
          .refused("no text is predicted: leave it out", "prediction")
          .refused(
              "nothing is searched for: put what was found into messages", "web_search_options")
          .refusedBut("functions", "use tools", "[]")
          .refusedBut("function_call", "use tools", "\"none\"", "\"auto\"")
          .refused("use messages", "input")
          .refusedBut("suffix", "nothing is filled in before a text", "\"\"")
          .refusedBut("echo", "the answer does not repeat the request", "false")
          // vLLM's.
          .refusedBut("length_penalty", PENALTY, "1")
          .refusedBut("include_stop_str_in_output", "stop texts are not in the answer", "false")
          .refusedBut("allowed_token_ids", SAMPLING, "[]")
          .refusedBut("logits_processors", SAMPLING, "[]")
          .refusedBut("use_beam_search", SAMPLING, "false")
          .read("prompt_logprobs")
          .refusedBut("return_tokens_as_token_ids", "answers carry text", "false")
          .refusedBut("return_token_ids", "answers carry text", "false")
          .refusedBut("skip_special_tokens", "answers carry no special tokens", "true")
          .refusedBut("spaces_between_special_tokens", "answers carry no special tokens", "true")
          .read("structured_outputs")
          .read("guided_json", "guided_regex", "guided_choice", "guided_grammar")
          .withoutEffect(ONE_WAY, JsonKind.TEXT, "guided_decoding_backend")
          .withoutEffect(COMPACT, JsonKind.TEXT, "guided_whitespace_pattern")
          .read("priority", "timeout")
          .refused(
              "set truncation to \"auto\": the oldest turns make way", "truncate_prompt_tokens")
          .refusedBut("documents", "put them into messages", "[]")
          .refused(TEMPLATE, "chat_template")
          .refusedBut("chat_template_kwargs", TEMPLATE, "{}")
          .read("continue_final_message", "add_generation_prompt")
          .refusedBut("add_special_tokens", TEMPLATE, "false")
          .refusedBut("mm_processor_kwargs", TEXT_ONLY, "{}")
          .refusedBut("vllm_xargs", LATER, "{}")
          .refused("keys and values stay inside Flink", "kv_transfer_params")
          .withoutEffect(NO_REASONING, JsonKind.FLAG, "include_reasoning")
          // llama.cpp's.
          .refused("use max_tokens", "n_predict", "num_predict")
          .refusedBut("top_n_sigma", SAMPLING, "-1")
          .refusedBut("dry_multiplier", PENALTY, "0")
          .refusedBut("xtc_probability", SAMPLING, "0")
          .refusedBut("mirostat", SAMPLING, "0")
          .refusedBut("dynatemp_range", SAMPLING, "0")
          .refusedBut("min_keep", SAMPLING, "0")
          .withoutEffect(
              WITH_ANOTHER,
              JsonKind.NUMBER,
              "dry_base",
              "dry_allowed_length",
              "dry_penalty_last_n",
              "xtc_threshold",
              "mirostat_tau",
              "mirostat_eta",
              "dynatemp_exponent")
          .withoutEffect(WITH_ANOTHER, JsonKind.LIST, "dry_sequence_breakers")
          .refused(SAMPLING, "samplers")
          .read("grammar", "json_schema")
          .refusedBut("n_probs", NO_PROBABILITIES, "0")
          .refusedBut("post_sampling_probs", NO_PROBABILITIES, "false")
          .refusedBut(
              "t_max_predict_ms", "use timeout, in seconds from the record's time", "0", "-1")
          .refusedBut("n_keep", "the end of a conversation is option context.limit", "0")
          .refusedBut("n_discard", "the end of a conversation is option context.limit", "0")
          .refusedBut("n_indent", LATER, "0")
          .refusedBut("lora", "the model is one file", "[]")
          .refusedBut("response_fields", "answers have all their fields", "[]")
          .refusedBut("return_tokens", "answers carry text", "false")
          .withoutEffect("every answer has timings", JsonKind.FLAG, "timings_per_token")
          .withoutEffect(PLANNING, JsonKind.FLAG, "cache_prompt", "return_progress")
          .withoutEffect(PLANNING, JsonKind.NUMBER, "id_slot")
          .withoutEffect(NO_REASONING, JsonKind.TEXT, "reasoning_format")
          // Ollama's and Mistral's.
          .withoutEffect(PLANNING, JsonKind.ANY, "keep_alive")
          .refusedBut("options", "put them beside messages, in OpenAI's words", "{}")
          .read("format")
          .refusedBut("think", NO_REASONING, "false")
          .refused("use seed", "random_seed")
          .read("safe_prompt")
          .refused(NO_REASONING, "prompt_mode")
          .build();

  /** Of a record that ends a request. */
  static final FieldTable CANCELLATION =
      FieldTable.of("a cancellation").read("cancel", "conversation_id").build();

  /** Of one that is about a conversation. */
  static final FieldTable OF_CONVERSATION =
      FieldTable.of("a control record")
          .read("forget", "show", "conversation_id", "request_id")
          .build();

  static final FieldTable MESSAGE =
      FieldTable.of("a message")
          .read("role", "content", "tool_calls", "tool_call_id", "prefix")
          .withoutEffect(
              "it describes an earlier answer of another service", JsonKind.LIST, "annotations")
          .withoutEffect("the templates have no place for names", JsonKind.TEXT, "name")
          .refusedBut("refusal", "put it into content", "\"\"")
          .refused(TEXT_ONLY, "audio", "images")
          .refused("use tool_calls", "function_call")
          .refusedBut("reasoning", NO_REASONING, "\"\"")
          .refusedBut("reasoning_content", NO_REASONING, "\"\"")
          .build();

  /** A tool's message says which tool it was, as clients do; the call's id says it, too. */
  static final FieldTable TOOL_MESSAGE =
      FieldTable.of("a tool's message")
          .read("role", "content", "tool_calls", "tool_call_id")
          .withoutEffect("tool_call_id says which call it was", JsonKind.TEXT, "name")
          .build();

  static final FieldTable STREAM_OPTIONS =
      FieldTable.of("stream_options")
          .withoutEffect(
              "the last piece always says what the answer took", JsonKind.FLAG, "include_usage")
          .withoutEffect("nothing is padded", JsonKind.FLAG, "include_obfuscation")
          .refusedBut("continuous_usage_stats", "the last piece has the usage", "false")
          .build();

  static final FieldTable RESPONSE_FORMAT =
      FieldTable.of("response_format").read("type", "json_schema", "schema").build();

  static final FieldTable JSON_SCHEMA =
      FieldTable.of("json_schema").read("name", "description", "strict", "schema").build();

  static final FieldTable STRUCTURED_OUTPUTS =
      FieldTable.of("structured_outputs")
          .read("json", "json_object", "choice", "regex", "grammar", "in_prompt")
          .withoutEffect(COMPACT, JsonKind.TEXT, "whitespace_pattern")
          .withoutEffect(COMPACT, JsonKind.FLAG, "disable_any_whitespace")
          .withoutEffect(ONE_WAY, JsonKind.FLAG, "disable_fallback")
          .refusedBut(
              "disable_additional_properties",
              "say additionalProperties: false in the schema",
              "false")
          .refused("use json, choice, regex or grammar", "structural_tag")
          .build();

  static final FieldTable PART =
      FieldTable.of("a part")
          .read("type", "text")
          .withoutEffect(PLANNING, JsonKind.OBJECT, "prompt_cache_breakpoint")
          .build();

  static final FieldTable TOOL_CALL =
      FieldTable.of("a call")
          .read("id", "type", "function")
          .withoutEffect("the place in the list says it", JsonKind.NUMBER, "index")
          .build();

  static final FieldTable CALLED_FUNCTION =
      FieldTable.of("a called function").read("name", "arguments").build();

  static final FieldTable TOOL = FieldTable.of("a tool").read("type", "function").build();

  static final FieldTable FUNCTION =
      FieldTable.of("a function").read("name", "description", "parameters", "strict").build();

  static final FieldTable TOOL_CHOICE =
      FieldTable.of("tool_choice").read("type", "function").build();

  static final FieldTable CHOSEN_FUNCTION = FieldTable.of("a chosen function").read("name").build();

  static final FieldTable MODERATION =
      FieldTable.of("moderation")
          .read("on", "action", "rubric", "threshold", "thresholds", "categories")
          .refused("the model that answers judges: leave it out", "model")
          .refused("say on and action", "policy")
          .build();

  static final FieldTable FORK =
      FieldTable.of("a fork").read("conversation_id", "turn", "after").build();

  /** All fields of OpenAI's chat completions. */
  static final List<String> OPENAI_CHAT =
      List.of(
          "messages",
          "model",
          "audio",
          "frequency_penalty",
          "function_call",
          "functions",
          "logit_bias",
          "logprobs",
          "max_completion_tokens",
          "max_tokens",
          "metadata",
          "modalities",
          "moderation",
          "n",
          "parallel_tool_calls",
          "prediction",
          "presence_penalty",
          "prompt_cache_key",
          "prompt_cache_options",
          "prompt_cache_retention",
          "reasoning_effort",
          "response_format",
          "safety_identifier",
          "seed",
          "service_tier",
          "stop",
          "store",
          "stream",
          "stream_options",
          "temperature",
          "tool_choice",
          "tools",
          "top_logprobs",
          "top_p",
          "user",
          "verbosity",
          "web_search_options");

  /** All fields of OpenAI's completions. */
  static final List<String> OPENAI_COMPLETIONS =
      List.of(
          "prompt",
          "model",
          "best_of",
          "echo",
          "frequency_penalty",
          "logit_bias",
          "logprobs",
          "max_tokens",
          "n",
          "presence_penalty",
          "seed",
          "stop",
          "stream",
          "stream_options",
          "suffix",
          "temperature",
          "top_p",
          "user");

  private RequestFields() {}

  /** What becomes of each of OpenAI's fields, as a table of the README. */
  static String openAiMarkdown() {
    return Stream.concat(OPENAI_CHAT.stream(), OPENAI_COMPLETIONS.stream())
        .distinct()
        .map(
            name ->
                "| `%s` | %s | %s | %s |\n"
                    .formatted(
                        name,
                        OPENAI_CHAT.contains(name) ? "yes" : "",
                        OPENAI_COMPLETIONS.contains(name) ? "yes" : "",
                        REQUEST.describe(name)))
        .collect(
            Collectors.joining(
                "", "| field | chat | completions | here |\n|---|---|---|---|\n", ""));
  }

  /** The tables as they stand in the README; those that are read are in the one beside it. */
  static String markdown() {
    return List.of(
            REQUEST,
            STRUCTURED_OUTPUTS,
            STREAM_OPTIONS,
            MODERATION,
            MESSAGE,
            PART,
            TOOL_MESSAGE,
            TOOL_CALL,
            FUNCTION)
        .stream()
        .map(FieldTable::markdown)
        .collect(Collectors.joining());
  }
}

package io.flinkmistral.jobs.json;

import java.util.List;
import java.util.stream.Collectors;

/**
 * All fields that OpenAI, vLLM, llama.cpp, Ollama and Mistral's own service know in a request for
 * an answer, and what becomes of each. What is in none of these tables is unknown.
 */
final class RequestFields {
  private static final String LATER = "leave it out";
  private static final String NO_PROBABILITIES = "answers carry no probabilities of tokens";
  private static final String NO_GRAMMAR =
      "answers are not held to a grammar: ask for the form in words, and check it";
  private static final String SAMPLING = "tokens are drawn by temperature, top_k, top_p and min_p";
  private static final String PENALTY = "there are no penalties";
  private static final String SERVICE = "it is for the service that stores or bills requests";
  private static final String PLANNING = "it is about time, not about words";
  private static final String WITH_ANOTHER =
      "it says how, and the field that says whether is refused";
  private static final String NO_REASONING = "the model does not think aloud";
  private static final String TEMPLATE =
      "the template is the model's own: see option model.template";
  private static final String TEXT_ONLY = "the model reads and writes text alone";
  private static final String ONE_ANSWER =
      "one request has one answer: send it again, in another conversation and with another seed";

  static final FieldTable REQUEST =
      FieldTable.of("a request")
          .read("request_id", "conversation_id", "messages", "history", "tools", "fork")
          .read("max_tokens", "max_completion_tokens", "stop", "stream", "reset")
          .read("temperature", "top_k", "top_p", "min_p", "seed")
          // OpenAI's.
          .withoutEffect("a job has one model: the answer names it", "model")
          .withoutEffect(SERVICE, "user", "metadata", "store", "service_tier", "safety_identifier")
          .withoutEffect(PLANNING, "prompt_cache_key", "prompt_cache_retention")
          .refusedBut("n", ONE_ANSWER, "1")
          .refusedBut("best_of", ONE_ANSWER, "1")
          .refusedBut("logprobs", NO_PROBABILITIES, "false")
          .refusedBut("top_logprobs", NO_PROBABILITIES, "0")
          .refusedBut("frequency_penalty", PENALTY, "0")
          .refusedBut("presence_penalty", PENALTY, "0")
          .refusedBut("logit_bias", SAMPLING, "{}")
          .refusedBut("response_format", NO_GRAMMAR, "{\"type\":\"text\"}")
          .refusedBut(
              "tool_choice",
              "the model chooses: leave tools out where it must not call any",
              "\"auto\"",
              "\"none\"",
              "tools")
          .refusedBut(
              "parallel_tool_calls", "the model may make several calls in one answer", "true")
          .refusedBut(
              "stream_options",
              "the whole answer in topic completions has the usage",
              "{}",
              "{\"include_usage\":false}")
          .refusedBut("modalities", TEXT_ONLY, "[\"text\"]", "[]")
          .refused(TEXT_ONLY, "audio")
          .refusedBut("reasoning_effort", NO_REASONING, "\"none\"")
          .refusedBut("verbosity", "ask for it in words, or set max_tokens", "\"medium\"")
          .refused("no text is predicted: leave it out", "prediction")
          .refused(
              "nothing is searched for: put what was found into messages", "web_search_options")
          .refusedBut("functions", "use tools", "[]")
          .refusedBut("function_call", "use tools", "\"none\"", "\"auto\"")
          .refused("use messages", "prompt", "input", "instructions")
          .refusedBut("suffix", "use messages", "\"\"")
          .refusedBut("echo", "the answer does not repeat the request", "false")
          // vLLM's.
          .refusedBut("repetition_penalty", PENALTY, "1")
          .refusedBut("length_penalty", PENALTY, "1")
          .refusedBut("min_tokens", "the model ends its answer where it does", "0")
          .refusedBut("ignore_eos", "the model ends its answer where it does", "false")
          .refusedBut("stop_token_ids", "use stop, with texts", "[]")
          .refusedBut("include_stop_str_in_output", "stop texts are not in the answer", "false")
          .refusedBut("bad_words", SAMPLING, "[]")
          .refusedBut("allowed_token_ids", SAMPLING, "[]")
          .refusedBut("logits_processors", SAMPLING, "[]")
          .refusedBut("use_beam_search", SAMPLING, "false")
          .refused(NO_PROBABILITIES, "prompt_logprobs")
          .refusedBut("return_tokens_as_token_ids", "answers carry text", "false")
          .refusedBut("return_token_ids", "answers carry text", "false")
          .refusedBut("skip_special_tokens", "answers carry no special tokens", "true")
          .refusedBut("spaces_between_special_tokens", "answers carry no special tokens", "true")
          .refusedBut("structured_outputs", NO_GRAMMAR, "{}")
          .refused(NO_GRAMMAR, "guided_json", "guided_regex", "guided_choice", "guided_grammar")
          .withoutEffect(WITH_ANOTHER, "guided_decoding_backend", "guided_whitespace_pattern")
          .refusedBut("priority", "requests are answered in the order of their partition", "0")
          .refused(
              "the end of a conversation is option context.limit: send less",
              "truncate_prompt_tokens")
          .refusedBut("documents", "put them into messages", "[]")
          .refused(TEMPLATE, "chat_template")
          .refusedBut("chat_template_kwargs", TEMPLATE, "{}")
          .refusedBut("add_generation_prompt", TEMPLATE, "true")
          .refusedBut("continue_final_message", TEMPLATE, "false")
          .refusedBut("add_special_tokens", TEMPLATE, "false")
          .refusedBut("mm_processor_kwargs", TEXT_ONLY, "{}")
          .refusedBut("vllm_xargs", LATER, "{}")
          .refused("keys and values stay inside Flink", "kv_transfer_params")
          .withoutEffect("conversations never share keys and values", "cache_salt")
          .withoutEffect(NO_REASONING, "include_reasoning")
          // llama.cpp's.
          .refused("use max_tokens", "n_predict", "num_predict")
          .refusedBut("typical_p", SAMPLING, "1")
          .refusedBut("top_n_sigma", SAMPLING, "-1")
          .refusedBut("repeat_penalty", PENALTY, "1")
          .refusedBut("dry_multiplier", PENALTY, "0")
          .refusedBut("xtc_probability", SAMPLING, "0")
          .refusedBut("mirostat", SAMPLING, "0")
          .refusedBut("dynatemp_range", SAMPLING, "0")
          .refusedBut("min_keep", SAMPLING, "0")
          .withoutEffect(
              WITH_ANOTHER,
              "repeat_last_n",
              "dry_base",
              "dry_allowed_length",
              "dry_penalty_last_n",
              "dry_sequence_breakers",
              "xtc_threshold",
              "mirostat_tau",
              "mirostat_eta",
              "dynatemp_exponent")
          .refused(SAMPLING, "samplers")
          .refusedBut("grammar", NO_GRAMMAR, "\"\"")
          .refused(NO_GRAMMAR, "json_schema")
          .refusedBut("n_probs", NO_PROBABILITIES, "0")
          .refusedBut("post_sampling_probs", NO_PROBABILITIES, "false")
          .refusedBut(
              "t_max_predict_ms",
              "an answer's length must not depend on time: use max_tokens",
              "0",
              "-1")
          .refusedBut("n_keep", "the end of a conversation is option context.limit", "0")
          .refusedBut("n_discard", "the end of a conversation is option context.limit", "0")
          .refusedBut("n_indent", LATER, "0")
          .refusedBut("lora", "the model is one file", "[]")
          .refusedBut("response_fields", "answers have all their fields", "[]")
          .refusedBut("return_tokens", "answers carry text", "false")
          .withoutEffect("every answer has timings", "timings_per_token")
          .withoutEffect(PLANNING, "cache_prompt", "id_slot", "return_progress")
          .withoutEffect(NO_REASONING, "reasoning_format")
          // Ollama's and Mistral's.
          .withoutEffect(PLANNING, "keep_alive")
          .refusedBut("options", "put them beside messages, in OpenAI's words", "{}")
          .refusedBut("format", NO_GRAMMAR, "\"\"")
          .refusedBut("think", NO_REASONING, "false")
          .refused("use seed", "random_seed")
          .refusedBut("safe_prompt", "put a system message into messages", "false")
          .refused(NO_REASONING, "prompt_mode")
          .build();

  static final FieldTable MESSAGE =
      FieldTable.of("a message")
          .read("role", "content", "tool_calls", "tool_call_id")
          .withoutEffect("it describes an earlier answer of another service", "annotations")
          .refused("the templates have no place for names: put it into content", "name")
          .refusedBut("refusal", "put it into content", "\"\"")
          .refused(TEXT_ONLY, "audio", "images")
          .refused("use tool_calls", "function_call")
          .refusedBut("reasoning", NO_REASONING, "\"\"")
          .refusedBut("reasoning_content", NO_REASONING, "\"\"")
          .refusedBut("prefix", "an answer cannot be begun for the model", "false")
          .build();

  /** A tool's message says which tool it was, as clients do; the call's id says it, too. */
  static final FieldTable TOOL_MESSAGE =
      FieldTable.of("a tool's message")
          .read("role", "content", "tool_calls", "tool_call_id")
          .withoutEffect("tool_call_id says which call it was", "name")
          .build();

  static final FieldTable PART = FieldTable.of("a part").read("type", "text").build();

  static final FieldTable TOOL_CALL =
      FieldTable.of("a call")
          .read("id", "type", "function")
          .withoutEffect("the place in the list says it", "index")
          .build();

  static final FieldTable CALLED_FUNCTION =
      FieldTable.of("a called function").read("name", "arguments").build();

  static final FieldTable TOOL = FieldTable.of("a tool").read("type", "function").build();

  static final FieldTable FUNCTION =
      FieldTable.of("a function")
          .read("name", "description", "parameters")
          .withoutEffect(
              "arguments are the model's words, and not held to the schema: check them", "strict")
          .build();

  static final FieldTable FORK = FieldTable.of("a fork").read("conversation_id", "turn").build();

  private RequestFields() {}

  /** The tables as they stand in the README; those that are read are in the one beside it. */
  static String markdown() {
    return List.of(REQUEST, MESSAGE, TOOL_MESSAGE, TOOL_CALL, FUNCTION).stream()
        .map(FieldTable::markdown)
        .collect(Collectors.joining());
  }
}

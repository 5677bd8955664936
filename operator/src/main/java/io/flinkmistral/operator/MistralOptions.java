package io.flinkmistral.operator;

import java.time.Duration;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.MemorySize;

/** The options of the operator, as they stand in a job's arguments. */
public final class MistralOptions {
  public static final ConfigOption<String> MODEL_PATH =
      ConfigOptions.key("model.path")
          .stringType()
          .noDefaultValue()
          .withDescription("Model file (.gguf) or folder, at the same place on every TaskManager.");

  public static final ConfigOption<String> MODEL_NAME =
      ConfigOptions.key("model.name")
          .stringType()
          .noDefaultValue()
          .withDescription("Name that answers carry; by default that of the file.");

  public static final ConfigOption<String> MODEL_TEMPLATE =
      ConfigOptions.key("model.template")
          .stringType()
          .defaultValue("auto")
          .withDescription("Prompt template: v1, v3, or auto to choose by the vocabulary.");

  public static final ConfigOption<String> MODEL_WINDOW =
      ConfigOptions.key("model.window")
          .stringType()
          .defaultValue("auto")
          .withDescription(
              "Sliding window: a number of tokens, none, or auto for what the file says.");

  public static final ConfigOption<Integer> THREADS =
      ConfigOptions.key("engine.threads")
          .intType()
          .defaultValue(0)
          .withDescription(
              "Threads of the model, shared by all slots of a TaskManager; 0 for all cores.");

  public static final ConfigOption<String> KV_TYPE =
      ConfigOptions.key("kv.type")
          .stringType()
          .defaultValue("f16")
          .withDescription(
              "Number format of cached keys and values: f16, q8_0 (half as much), or f32.");

  public static final ConfigOption<Integer> KV_PAGE_TOKENS =
      ConfigOptions.key("kv.page-tokens")
          .intType()
          .defaultValue(16)
          .withDescription("Tokens in a page of keys and values, the unit of keyed state.");

  public static final ConfigOption<Integer> CONTEXT_LIMIT =
      ConfigOptions.key("context.limit")
          .intType()
          .defaultValue(0)
          .withDescription(
              "Most tokens of a conversation; an answer that gets there ends with length. 0 for"
                  + " what the file says.");

  public static final ConfigOption<Integer> MAX_TOKENS =
      ConfigOptions.key("request.max-tokens")
          .intType()
          .defaultValue(512)
          .withDescription("Most tokens of an answer where the request does not say.");

  public static final ConfigOption<Integer> MAX_CONVERSATIONS =
      ConfigOptions.key("batch.conversations")
          .intType()
          .defaultValue(16)
          .withDescription("Most conversations that a slot decodes together.");

  public static final ConfigOption<Integer> PREFILL_CHUNK =
      ConfigOptions.key("batch.prefill-tokens")
          .intType()
          .defaultValue(128)
          .withDescription(
              "Most prompt tokens that one pass takes in beside the tokens being decoded.");

  public static final ConfigOption<Integer> QUEUE_LIMIT =
      ConfigOptions.key("queue.requests")
          .intType()
          .defaultValue(10_000)
          .withDescription(
              "Unfinished requests that a slot takes into its state before it stops reading.");

  public static final ConfigOption<MemorySize> KV_MEMORY =
      ConfigOptions.key("kv.memory")
          .memoryType()
          .defaultValue(MemorySize.parse("2 gb"))
          .withDescription(
              "Memory of a slot for keys and values, outside the heap and Flink's own memory. A"
                  + " request waits until there is room for all its tokens, and is refused where"
                  + " there never is; what is left keeps idle conversations at hand.");

  public static final ConfigOption<Duration> CONVERSATION_TTL =
      ConfigOptions.key("conversation.ttl")
          .durationType()
          .defaultValue(Duration.ZERO)
          .withDescription(
              "Time after which a conversation without requests is forgotten; 0 for never.");

  public static final ConfigOption<Integer> CONVERSATION_QUEUE =
      ConfigOptions.key("conversation.queued-requests")
          .intType()
          .defaultValue(1000)
          .withDescription(
              "Most unfinished requests of a conversation; one more is refused with queue_full.");

  public static final ConfigOption<Integer> REMEMBERED_REQUESTS =
      ConfigOptions.key("conversation.remembered-requests")
          .intType()
          .defaultValue(16)
          .withDescription(
              "Answered requests that a conversation remembers. One whose request_id is among them,"
                  + " or among those not answered yet, came twice and is passed over; 0 to answer"
                  + " it again.");

  public static final ConfigOption<Integer> MAX_PROMPT_TOKENS =
      ConfigOptions.key("request.max-prompt-tokens")
          .intType()
          .defaultValue(0)
          .withDescription(
              "Most tokens that a request adds to its conversation; 0 for what the context holds.");

  public static final ConfigOption<Integer> MAX_MESSAGES =
      ConfigOptions.key("request.max-messages")
          .intType()
          .defaultValue(1000)
          .withDescription("Most messages of a request.");

  public static final ConfigOption<Integer> MAX_TOOLS =
      ConfigOptions.key("request.max-tools")
          .intType()
          .defaultValue(128)
          .withDescription("Most tools of a request.");

  public static final ConfigOption<Integer> MAX_STOPS =
      ConfigOptions.key("request.max-stops")
          .intType()
          .defaultValue(16)
          .withDescription("Most stop texts of a request.");

  private MistralOptions() {}
}

package io.flinkmistral.operator.options;

import io.flinkmistral.cache.page.KvType;
import io.flinkmistral.engine.PrefixSharing;
import io.flinkmistral.engine.load.ModelSettings;
import io.flinkmistral.protocol.ContextOverflow;
import io.flinkmistral.protocol.SafePrompt;
import io.flinkmistral.template.InstructTemplate;
import io.flinkmistral.template.SystemPosition;
import io.flinkmistral.template.UnknownTools;
import java.time.Duration;
import java.util.stream.Stream;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.MemorySize;

/** The options of the operator, as they stand in a job's arguments. */
public final class MistralOptions {
  /** All that are defined below. */
  public static final CheckedOptions CHECKED = new CheckedOptions();

  /** So that positions times layers, and bytes of a page times pages, are far from overflowing. */
  private static final int MOST_TOKENS = 1 << 20;

  public static final ConfigOption<String> MODEL_PATH =
      CHECKED.add(
          ConfigOptions.key("model.path")
              .stringType()
              .noDefaultValue()
              .withDescription(
                  "Model file (.gguf) or folder, at the same place on every TaskManager."),
          Allowed.line(4096));

  public static final ConfigOption<String> MODEL_NAME =
      CHECKED.add(
          ConfigOptions.key("model.name")
              .stringType()
              .noDefaultValue()
              .withDescription("Name that answers carry; by default that of the file."),
          Allowed.line(256));

  public static final ConfigOption<String> MODEL_TEMPLATE =
      CHECKED.add(
          ConfigOptions.key("model.template")
              .stringType()
              .defaultValue("auto")
              .withDescription(
                  "Prompt template: v1, v2, v3, v7, or auto to choose by the model's files, with a"
                      + " warning where their own is of another kind; strict refuses such a"
                      + " model."),
          Allowed.words(
              Stream.concat(Stream.of("auto", "strict"), InstructTemplate.names().stream())
                  .toList()));

  public static final ConfigOption<String> SYSTEM_POSITION =
      CHECKED.add(
          ConfigOptions.key("template.system-position")
              .stringType()
              .defaultValue(SystemPosition.LAST.optionName())
              .withDescription(
                  "Where templates v2, v3 and v7 put tools, and v2 and v3 the system prompt, of the"
                      + " messages of a request: beside the last message of a user, as the models"
                      + " were trained, or first, so that whole dialogues that go on begin with the"
                      + " same tokens, which are computed once."),
          Allowed.words(SystemPosition.optionNames()));

  public static final ConfigOption<String> UNKNOWN_TOOLS =
      CHECKED.add(
          ConfigOptions.key("template.tools")
              .stringType()
              .defaultValue(UnknownTools.REFUSE.optionName())
              .withDescription(
                  "What becomes of tools with template v1, which knows none: refuse, or prompt to"
                      + " describe them in words and hold the answer to a text or a list of"
                      + " calls."),
          Allowed.words(UnknownTools.optionNames()));

  public static final ConfigOption<String> MODEL_WINDOW =
      CHECKED.add(
          ConfigOptions.key("model.window")
              .stringType()
              .defaultValue("auto")
              .withDescription(
                  "Sliding window: a number of tokens, none, or auto for what the file says."),
          new Allowed<>(
              "auto, none or 1 to " + MOST_TOKENS,
              w -> w.matches("auto|none") || isNumberOfTokens(w)));

  public static final ConfigOption<Integer> THREADS =
      CHECKED.add(
          ConfigOptions.key("engine.threads")
              .intType()
              .defaultValue(0)
              .withDescription(
                  "Threads of the model, shared by all slots of a TaskManager; 0 for the physical"
                      + " cores that it may use, less those of other TaskManagers."),
          Allowed.numbers(0, 1024));

  public static final ConfigOption<String> KERNELS =
      CHECKED.add(
          ConfigOptions.key("engine.kernels")
              .stringType()
              .defaultValue("auto")
              .withDescription(
                  "What multiplies weights: machine code for AVX-512 with VNNI, for AVX with VNNI,"
                      + " for AVX2, or for AArch64 with dot products, or vector for Java's vectors"
                      + " alone; auto for the fastest that the CPU and the system allow. Answers"
                      + " are the same."),
          Allowed.words(ModelSettings.kernelNames()));

  public static final ConfigOption<String> KV_TYPE =
      CHECKED.add(
          ConfigOptions.key("kv.type")
              .stringType()
              .defaultValue("f16")
              .withDescription(
                  "Number format of cached keys and values: f16, q8_0 (half as much), or f32."),
          Allowed.words(Stream.of(KvType.values()).map(KvType::optionName).toList()));

  public static final ConfigOption<Integer> KV_PAGE_TOKENS =
      CHECKED.add(
          ConfigOptions.key("kv.page-tokens")
              .intType()
              .defaultValue(16)
              .withDescription("Tokens in a page of keys and values, the unit of keyed state."),
          Allowed.numbers(1, 256));

  public static final ConfigOption<Integer> CONTEXT_LIMIT =
      CHECKED.add(
          ConfigOptions.key("context.limit")
              .intType()
              .defaultValue(0)
              .withDescription(
                  "Most tokens of a conversation; an answer that gets there ends with length. 0 for"
                      + " what the file says."),
          Allowed.numbers(0, MOST_TOKENS));

  public static final ConfigOption<String> CONTEXT_OVERFLOW =
      CHECKED.add(
          ConfigOptions.key("context.overflow-action")
              .stringType()
              .defaultValue("refuse")
              .withDescription(
                  "What becomes of a request for which, with its max_tokens, the context has no"
                      + " room beside its conversation: refuse, or drop-oldest to drop the"
                      + " conversation's oldest turns. A request's truncation comes before it."),
          Allowed.words(ContextOverflow.optionNames()));

  public static final ConfigOption<Integer> MAX_TOKENS =
      CHECKED.add(
          ConfigOptions.key("request.max-tokens")
              .intType()
              .defaultValue(512)
              .withDescription("Most tokens of an answer where the request does not say."),
          Allowed.numbers(1, MOST_TOKENS));

  public static final ConfigOption<Integer> MAX_CONVERSATIONS =
      CHECKED.add(
          ConfigOptions.key("batch.conversations")
              .intType()
              .defaultValue(16)
              .withDescription(
                  "Most conversations that are decoded together, of all slots of a TaskManager:"
                      + " they share one batch. Where jobs that share a model ask for different"
                      + " numbers, the greatest counts."),
          Allowed.numbers(1, 1024));

  public static final ConfigOption<Integer> PREFILL_CHUNK =
      CHECKED.add(
          ConfigOptions.key("batch.prefill-tokens")
              .intType()
              .defaultValue(128)
              .withDescription(
                  "Most prompt tokens that one pass takes in beside the tokens being decoded; slots"
                      + " share them equally."),
          Allowed.numbers(1, 2048));

  public static final ConfigOption<Integer> QUEUE_LIMIT =
      CHECKED.add(
          ConfigOptions.key("queue.requests")
              .intType()
              .defaultValue(10_000)
              .withDescription(
                  "Unfinished requests that a slot takes into its state before it reads on slowly,"
                      + " one record for each pass, for cancellations; with twice as many it stops."
                      + " What stands before the barrier of a savepoint, or of an aligned"
                      + " checkpoint, is taken in all the same."),
          Allowed.numbers(1, 10_000_000));

  public static final ConfigOption<MemorySize> QUEUE_MEMORY =
      CHECKED.add(
          ConfigOptions.key("queue.memory")
              .memoryType()
              .defaultValue(MemorySize.parse("256 mb"))
              .withDescription("The same by the size of these requests."),
          Allowed.sizes("1 kb", "16 tb"));

  public static final ConfigOption<MemorySize> KV_MEMORY =
      CHECKED.add(
          ConfigOptions.key("kv.memory")
              .memoryType()
              .defaultValue(MemorySize.parse("2 gb"))
              .withDescription(
                  "Memory of a slot for keys and values, outside the heap and Flink's own memory. A"
                      + " request waits until there is room for all its tokens, and is refused"
                      + " where there never is; what is left keeps idle conversations at hand."),
          Allowed.sizes("1 kb", "16 tb"));

  public static final ConfigOption<MemorySize> KV_SHARED_MEMORY =
      CHECKED.add(
          ConfigOptions.key("kv.shared-memory")
              .memoryType()
              .defaultValue(MemorySize.parse("512 mb"))
              .withDescription(
                  "Memory of a TaskManager, beside kv.memory, for keys and values of beginnings"
                      + " that requests have in common, such as a system prompt: they are computed"
                      + " once. Where jobs that share a model ask for different amounts, the"
                      + " greatest counts; 0 for a job that shares nothing. Answers are the same."),
          Allowed.sizes("0 bytes", "16 tb"));

  public static final ConfigOption<String> KV_SHARED_SCOPE =
      CHECKED.add(
          ConfigOptions.key("kv.shared-scope")
              .stringType()
              .defaultValue(PrefixSharing.Scope.ALL.optionName())
              .withDescription(
                  "Whose requests share beginnings: all of the TaskManager, or those of the same"
                      + " user (the request's field; those without one share nothing), so that the"
                      + " time of an answer tells nothing of other users' requests."),
          Allowed.words(PrefixSharing.Scope.optionNames()));

  public static final ConfigOption<String> KV_SHARED_SALT =
      CHECKED.add(
          ConfigOptions.key("kv.shared-salt")
              .stringType()
              .noDefaultValue()
              .withDescription(
                  "Jobs and models of different salts share no beginnings, whatever they are asked;"
                      + " by default there is none."),
          Allowed.line(256));

  public static final ConfigOption<Duration> KV_RETENTION =
      CHECKED.add(
          ConfigOptions.key("kv.retention")
              .durationType()
              .defaultValue(Duration.ofHours(1))
              .withDescription(
                  "For how long state keeps keys and values of a conversation without requests;"
                      + " after it they are dropped, its tokens stay, and its next turn computes"
                      + " them anew, with the same words. 0 for none in state at all: then an"
                      + " answer that goes on after a restart computes them anew, too."),
          Allowed.durations(Duration.ZERO, Duration.ofDays(36_500)));

  public static final ConfigOption<MemorySize> KV_STATE_LIMIT =
      CHECKED.add(
          ConfigOptions.key("kv.state-limit")
              .memoryType()
              .defaultValue(MemorySize.parse("20 gb"))
              .withDescription(
                  "Bytes of keys and values that conversations without requests have in a slot's"
                      + " state; beyond it those go that were used longest ago, as after"
                      + " kv.retention."),
          Allowed.sizes("0 bytes", "1024 tb"));

  public static final ConfigOption<Duration> CONVERSATION_TTL =
      CHECKED.add(
          ConfigOptions.key("conversation.ttl")
              .durationType()
              .defaultValue(Duration.ZERO)
              .withDescription(
                  "Time after which a conversation without requests is forgotten; 0 for never."),
          Allowed.durations(Duration.ZERO, Duration.ofDays(36_500)));

  public static final ConfigOption<Boolean> FORGET_FORKS =
      CHECKED.add(
          ConfigOptions.key("conversation.forget-forks")
              .booleanType()
              .defaultValue(false)
              .withDescription(
                  "Whether a conversation that a control record or a tombstone forgets takes its"
                      + " forks along, to be found among all conversations of the slot."),
          Allowed.trueOrFalse());

  public static final ConfigOption<Duration> PRIORITY_AGEING =
      CHECKED.add(
          ConfigOptions.key("queue.priority-ageing")
              .durationType()
              .defaultValue(Duration.ofSeconds(10))
              .withDescription(
                  "Who has waited so much longer comes before a request whose priority is lower by"
                      + " one; 0 where priorities are to have no effect."),
          Allowed.durations(Duration.ZERO, Duration.ofDays(1)));

  public static final ConfigOption<Integer> CONVERSATION_QUEUE =
      CHECKED.add(
          ConfigOptions.key("conversation.queued-requests")
              .intType()
              .defaultValue(1000)
              .withDescription(
                  "Most unfinished requests of a conversation; one more is refused with queue_full."
                      + " One that has ended, answered or cancelled, counts until the next"
                      + " checkpoint."),
          Allowed.numbers(1, 1_000_000));

  public static final ConfigOption<Integer> REMEMBERED_REQUESTS =
      CHECKED.add(
          ConfigOptions.key("conversation.remembered-requests")
              .intType()
              .defaultValue(16)
              .withDescription(
                  "Answered requests that a conversation remembers. One whose request_id is among"
                      + " them, or among those not answered yet, came twice and is passed over; 0"
                      + " to answer it again."),
          Allowed.numbers(0, 10_000));

  public static final ConfigOption<Integer> MAX_PROMPT_TOKENS =
      CHECKED.add(
          ConfigOptions.key("request.max-prompt-tokens")
              .intType()
              .defaultValue(0)
              .withDescription(
                  "Most tokens that a request adds to its conversation; 0 for what the context"
                      + " holds."),
          Allowed.numbers(0, MOST_TOKENS));

  public static final ConfigOption<Integer> MAX_MESSAGES =
      CHECKED.add(
          ConfigOptions.key("request.max-messages")
              .intType()
              .defaultValue(1000)
              .withDescription("Most messages of a request."),
          Allowed.numbers(1, 100_000));

  public static final ConfigOption<Integer> MAX_TOOLS =
      CHECKED.add(
          ConfigOptions.key("request.max-tools")
              .intType()
              .defaultValue(128)
              .withDescription("Most tools of a request."),
          Allowed.numbers(0, 10_000));

  public static final ConfigOption<Integer> MAX_STOPS =
      CHECKED.add(
          ConfigOptions.key("request.max-stops")
              .intType()
              .defaultValue(16)
              .withDescription("Most stop texts of a request."),
          Allowed.numbers(0, 1000));

  public static final ConfigOption<String> SAFE_PROMPT =
      CHECKED.add(
          ConfigOptions.key("request.safe-prompt")
              .stringType()
              .defaultValue(SafePrompt.ON_REQUEST.optionName())
              .withDescription(
                  "When Mistral's guardrail prompt comes before a request's messages: on-request"
                      + " (its safe_prompt), or always, whatever it says."),
          Allowed.words(SafePrompt.optionNames()));

  private MistralOptions() {}

  private static boolean isNumberOfTokens(String text) {
    return text.matches("[0-9]{1,9}")
        && Integer.parseInt(text) >= 1
        && Integer.parseInt(text) <= MOST_TOKENS;
  }
}

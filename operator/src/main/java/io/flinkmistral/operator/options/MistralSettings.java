package io.flinkmistral.operator.options;

import io.flinkmistral.cache.page.KvLayout;
import io.flinkmistral.cache.page.KvType;
import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.engine.PrefixSharing;
import io.flinkmistral.engine.StatelessSettings;
import io.flinkmistral.engine.batch.BatchLimits;
import io.flinkmistral.engine.load.ModelSettings;
import io.flinkmistral.generation.Generation;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.ContextOverflow;
import io.flinkmistral.protocol.Moderation;
import io.flinkmistral.protocol.SafePrompt;
import io.flinkmistral.template.SystemPosition;
import io.flinkmistral.template.UnknownTools;
import java.io.Serializable;
import java.util.List;
import java.util.Optional;
import org.apache.flink.configuration.ReadableConfig;

/**
 * The operator's options, checked.
 *
 * @param model how the model is loaded
 * @param maxTokens most tokens of an answer whose request does not say
 * @param overflow what becomes of a request that has no room in the context
 * @param maxConversations most conversations that are decoded together, of all who share the model
 * @param prefillTokens most prompt tokens in a pass
 * @param queueLimit unfinished requests at which a slot stops reading
 * @param queueBytes size of unfinished requests at which it stops reading, too
 * @param limits beyond what a request is refused
 * @param safePrompt when the safe prompt comes before messages
 * @param moderation what of a turn is judged whose request does not say: one, or none for nothing
 * @param kvBytes off-heap bytes for keys and values
 * @param sharing of equal beginnings
 * @param retention of keys and values of idle conversations
 * @param ttlMillis after which an idle conversation is forgotten; 0 for never
 * @param forgetForks whether forks are forgotten with what they were forked from
 * @param ageingMillis how much longer who waits has waited than one of the next greater priority
 *     that comes before it
 * @param rememberedRequests answered requests of a conversation that are known again; 0 for none,
 *     and then those in the queue are not, either
 * @param restoreBytes bytes of pages that one mail reads back from state, but at least one page; no
 *     option
 */
public record MistralSettings(
    ModelSettings model,
    int maxTokens,
    ContextOverflow overflow,
    int maxConversations,
    int prefillTokens,
    int queueLimit,
    long queueBytes,
    RequestLimits limits,
    SafePrompt safePrompt,
    List<Moderation> moderation,
    long kvBytes,
    PrefixSharing sharing,
    KvRetention retention,
    long ttlMillis,
    boolean forgetForks,
    long ageingMillis,
    int rememberedRequests,
    long restoreBytes)
    implements Serializable {

  private static final long serialVersionUID = 7L;

  /** Read in a small part of the time that a forward pass at 7B takes. */
  private static final long RESTORE_BYTES = 32L << 20;

  public MistralSettings {
    moderation = List.copyOf(moderation);
  }

  /**
   * @throws IllegalArgumentException if an option is missing or wrong
   */
  public static MistralSettings of(ReadableConfig options) {
    MistralOptions.CHECKED.check(options);
    String path =
        options
            .getOptional(MistralOptions.MODEL_PATH)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "option %s is missing: it names the model file or folder"
                            .formatted(MistralOptions.MODEL_PATH.key())));
    return new MistralSettings(
        new ModelSettings(
            path,
            options.getOptional(MistralOptions.MODEL_NAME).orElse(""),
            options.get(MistralOptions.MODEL_TEMPLATE),
            SystemPosition.ofOption(options.get(MistralOptions.SYSTEM_POSITION)),
            UnknownTools.ofOption(options.get(MistralOptions.UNKNOWN_TOOLS)),
            ModelSettings.Window.ofOption(options.get(MistralOptions.MODEL_WINDOW)),
            KvType.ofOption(options.get(MistralOptions.KV_TYPE)),
            options.get(MistralOptions.KV_PAGE_TOKENS),
            options.get(MistralOptions.CONTEXT_LIMIT),
            options.get(MistralOptions.THREADS),
            options.get(MistralOptions.KERNELS)),
        options.get(MistralOptions.MAX_TOKENS),
        ContextOverflow.ofOption(options.get(MistralOptions.CONTEXT_OVERFLOW)),
        options.get(MistralOptions.MAX_CONVERSATIONS),
        options.get(MistralOptions.PREFILL_CHUNK),
        options.get(MistralOptions.QUEUE_LIMIT),
        options.get(MistralOptions.QUEUE_MEMORY).getBytes(),
        new RequestLimits(
            options.get(MistralOptions.CONVERSATION_QUEUE),
            options.get(MistralOptions.MAX_PROMPT_TOKENS),
            options.get(MistralOptions.MAX_MESSAGES),
            options.get(MistralOptions.MAX_TOOLS),
            options.get(MistralOptions.MAX_STOPS)),
        SafePrompt.ofOption(options.get(MistralOptions.SAFE_PROMPT)),
        List.of(),
        options.get(MistralOptions.KV_MEMORY).getBytes(),
        new PrefixSharing(
            options.get(MistralOptions.KV_SHARED_MEMORY).getBytes(),
            PrefixSharing.Scope.ofOption(options.get(MistralOptions.KV_SHARED_SCOPE)),
            options.getOptional(MistralOptions.KV_SHARED_SALT).orElse("")),
        new KvRetention(
            options.get(MistralOptions.KV_RETENTION).toMillis(),
            options.get(MistralOptions.KV_STATE_LIMIT).getBytes()),
        options.get(MistralOptions.CONVERSATION_TTL).toMillis(),
        options.get(MistralOptions.FORGET_FORKS),
        options.get(MistralOptions.PRIORITY_AGEING).toMillis(),
        options.get(MistralOptions.REMEMBERED_REQUESTS),
        RESTORE_BYTES);
  }

  public MistralSettings withRestoreBytes(long bytes) {
    return with(moderation, bytes);
  }

  /** The same, where this is judged of turns whose requests do not say. */
  public MistralSettings withModeration(Moderation byDefault) {
    return with(List.of(byDefault), restoreBytes);
  }

  private MistralSettings with(List<Moderation> byDefault, long mailBytes) {
    return new MistralSettings(
        model,
        maxTokens,
        overflow,
        maxConversations,
        prefillTokens,
        queueLimit,
        queueBytes,
        limits,
        safePrompt,
        byDefault,
        kvBytes,
        sharing,
        retention,
        ttlMillis,
        forgetForks,
        ageingMillis,
        rememberedRequests,
        mailBytes);
  }

  /** A request as it is to be answered, with what it leaves to the settings. */
  public CompletionRequest applied(CompletionRequest request) {
    CompletionRequest safe = safePrompt.applied(request);
    return moderation.isEmpty() || request.turn().moderation().isPresent()
        ? safe
        : safe.but().turn(safe.turn().withModeration(Optional.of(moderation.getFirst()))).build();
  }

  /** What it asks of the batch that all who share the model are decoded in. */
  public BatchLimits batch() {
    return new BatchLimits(maxConversations, prefillTokens);
  }

  /** What it is to callers that keep no conversations. */
  public StatelessSettings stateless() {
    return new StatelessSettings(batch(), kvBytes, maxTokens, limits.mostPromptTokens(), sharing);
  }

  /** Pages for which there is memory. */
  public int kvPages(KvLayout layout) {
    return Math.toIntExact(Math.min(Integer.MAX_VALUE, kvBytes / layout.pageBytes()));
  }

  public Generation.Limits generationLimits(LanguageModel loaded) {
    return new Generation.Limits(maxTokens, loaded.contextLimit());
  }
}

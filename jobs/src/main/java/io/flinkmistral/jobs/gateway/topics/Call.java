package io.flinkmistral.jobs.gateway.topics;

import io.flinkmistral.jobs.gateway.openai.AnswerListener;
import io.flinkmistral.jobs.gateway.openai.ApiException;
import io.flinkmistral.jobs.gateway.openai.Piece;
import io.flinkmistral.jobs.json.JsonRecord;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.function.IntConsumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One who waits for the answer to a request. Records come from two topics, some of them twice, and
 * perhaps from a look back at the same time: the listener is told of each piece once, in order, and
 * of the end when the last piece is there. The completion, which comes with a checkpoint, is waited
 * for only where pieces cannot say everything: where the prompt's probabilities were asked for,
 * where the answer was ended from outside, since pieces may go too far then, and where a piece
 * lacks what it should have, since it was more than its topic takes.
 */
public final class Call {
  /** Pieces that go too far may have been told of an answer that ends so. */
  private static final Set<String> ENDED_FROM_OUTSIDE = Set.of("cancelled", "timeout");

  private final Request request;
  private final IntConsumer took;
  private AnswerListener listener;
  private final List<Progress> choices = new ArrayList<>();
  private Optional<Queue<JsonNode>> held = Optional.empty();
  private boolean begun;
  private boolean over;

  /**
   * What is asked for.
   *
   * @param id of the request
   * @param conversation that it belongs to
   * @param source the conversation that it goes on in, unless it branches off into its own
   * @param choices how many answers it has
   * @param needsCompletion whether pieces are not enough
   */
  public record Request(
      String id,
      String conversation,
      Optional<String> source,
      int choices,
      boolean needsCompletion) {
    /** One that is answered in its own conversation. */
    public Request(String id, String conversation, int choices, boolean needsCompletion) {
      this(id, conversation, Optional.empty(), choices, needsCompletion);
    }

    /** Those in one of which it is answered. */
    public List<String> conversations() {
      return source.map(other -> List.of(conversation, other)).orElse(List.of(conversation));
    }
  }

  /** How far one of the answers has come. */
  private static final class Progress {
    private int index = -1;
    private int characters;
    private int logprobs;
    private JsonNode usage = MissingNode.getInstance();
    private boolean ended;

    /** The completion has what is missing. */
    private boolean hasGap;
  }

  /**
   * @param took is told once, at the end, how many tokens the answer took, as far as that is known;
   *     also where nobody listens any more
   */
  public Call(Request request, AnswerListener listener, IntConsumer took) {
    this.request = request;
    this.listener = listener;
    this.took = took;
    for (int i = 0; i < request.choices(); i++) {
      choices.add(new Progress());
    }
  }

  public Request request() {
    return request;
  }

  /** From now on records wait until those of a look back are in. */
  public synchronized void hold() {
    held = Optional.of(new ArrayDeque<>());
  }

  /** The look back is done. */
  public synchronized void release() {
    Queue<JsonNode> waiting = held.orElseGet(ArrayDeque::new);
    held = Optional.empty();
    waiting.forEach(this::take);
  }

  /** A record of either topic that is about this request, as it came. */
  synchronized void accept(JsonNode record) {
    if (held.isPresent()) {
      held.get().add(record);
    } else {
      take(record);
    }
  }

  /** The same of a look back. */
  synchronized void acceptEarlier(JsonNode record) {
    take(record);
  }

  /** Whether the end has come. */
  public synchronized boolean isOver() {
    return over;
  }

  /** There will be no answer. */
  public synchronized void fail(ApiException error) {
    if (!over) {
      end(said());
      listener.failed(error);
    }
  }

  /**
   * The listener is told nothing more. The end is still waited for, which says what the answer
   * took.
   *
   * @return whether it had not been told of the end
   */
  public synchronized boolean leave() {
    listener = new Nobody();
    return !over;
  }

  /** The end is not waited for, either. */
  public synchronized void drop() {
    fail(ApiException.failed(500, "internal_error", "nobody waits for the answer"));
  }

  private void end(int tokens) {
    over = true;
    took.accept(tokens);
  }

  /** How many tokens of the answers have come. */
  private int said() {
    return choices.stream().mapToInt(choice -> Math.max(0, choice.index)).sum();
  }

  private void take(JsonNode record) {
    if (over) {
      return;
    }
    if (record.has("error")) {
      fail(ApiException.ofJob(record.get("error")));
    } else if (record.has("choices")) {
      begin(record);
      completion(record);
    } else if (record.has("choice")) {
      begin(record);
      piece(record);
    } else if (record.has("object")) {
      end(0);
      listener.reported(record);
    }
  }

  private void begin(JsonNode record) {
    if (!begun) {
      begun = true;
      listener.begins(record.path("conversation_id").asString(request.conversation()));
    }
  }

  private void piece(JsonNode record) {
    int number = record.path("choice").asInt(-1);
    if (number < 0 || number >= choices.size()) {
      return;
    }
    Progress progress = choices.get(number);
    int index = record.path("index").asInt(-1);
    String reason = record.path("finish_reason").asString("");
    boolean last = !reason.isEmpty();
    boolean told = index < progress.index || (index == progress.index && !last);
    if (progress.ended || told) {
      return;
    }
    progress.index = index;
    progress.hasGap |= lacks(record);
    if (progress.hasGap || ENDED_FROM_OUTSIDE.contains(reason)) {
      return;
    }
    progress.usage = record.path("usage");
    tell(
        number,
        record.path("text").asString(""),
        record.path("logprobs"),
        last
            ? Optional.of(
                new Piece.End(reason, record.path("tool_calls"), record.path("moderation")))
            : Optional.empty());
    if (!request.needsCompletion() && choices.stream().allMatch(choice -> choice.ended)) {
      JsonNode usage = usage();
      end(usage.path("total_tokens").asInt(0));
      listener.over(usage, MissingNode.getInstance());
    }
  }

  private static boolean lacks(JsonNode piece) {
    return piece.path("omitted").asBoolean(false)
        || (piece.path("finish_reason").asString("").equals("tool_calls")
            && piece.path("tool_calls").isEmpty());
  }

  private void tell(int number, String text, JsonNode logprobs, Optional<Piece.End> end) {
    Progress progress = choices.get(number);
    progress.characters += text.length();
    progress.logprobs += logprobs.path("content").size();
    progress.ended = end.isPresent();
    listener.piece(new Piece(number, text, logprobs, end));
  }

  /** The prompt counts once, and the tokens of all answers. */
  private JsonNode usage() {
    ObjectNode usage =
        choices.getFirst().usage instanceof ObjectNode told ? told.deepCopy() : JsonRecord.empty();
    int prompt = usage.path("prompt_tokens").asInt(0);
    int completion =
        choices.stream().mapToInt(c -> c.usage.path("completion_tokens").asInt(0)).sum();
    usage.put("completion_tokens", completion);
    usage.put("total_tokens", prompt + completion);
    return usage;
  }

  /** What pieces have not told yet is told as one, and then what all of it is. */
  private void completion(JsonNode completion) {
    JsonNode promptLogprobs = completion.path("prompt_logprobs");
    for (JsonNode choice : completion.path("choices")) {
      int number = choice.path("index").asInt(-1);
      if (number >= 0 && number < choices.size()) {
        completed(number, choice);
      }
      if (choice.has("prompt_logprobs")) {
        promptLogprobs = choice.get("prompt_logprobs");
      }
    }
    end(completion.at("/usage/total_tokens").asInt(0));
    listener.over(completion.path("usage"), promptLogprobs);
  }

  private void completed(int number, JsonNode choice) {
    Progress progress = choices.get(number);
    JsonNode message = choice.path("message");
    String text = (choice.has("text") ? choice.path("text") : message.path("content")).asString("");
    Optional<Piece.End> end =
        Optional.of(
            new Piece.End(
                choice.path("finish_reason").asString("stop"),
                message.path("tool_calls"),
                choice.path("moderation")));
    if (!progress.ended) {
      String rest = text.substring(Math.min(progress.characters, text.length()));
      tell(number, rest, logprobs(choice.path("logprobs"), progress.logprobs), end);
    }
    listener.completed(new Piece(number, text, logprobs(choice.path("logprobs"), 0), end));
  }

  /** Those of tokens that were not told, in the form that messages have. */
  private static JsonNode logprobs(JsonNode all, int told) {
    if (all.isMissingNode() || all.isNull()) {
      return MissingNode.getInstance();
    }
    ObjectNode rest = JsonRecord.empty();
    JsonNode content = all.has("tokens") ? TokenLists.content(all) : all.path("content");
    var list = rest.putArray("content");
    for (int i = told; i < content.size(); i++) {
      list.add(content.get(i));
    }
    return rest;
  }
}

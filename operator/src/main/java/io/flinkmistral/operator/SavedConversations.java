package io.flinkmistral.operator;

import java.util.List;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.api.common.typeinfo.TypeInformation;

/**
 * Conversations in restored state, for who reads it out of a savepoint and writes nothing: of the
 * key that is current.
 */
public final class SavedConversations {
  private final Conversation current;

  /**
   * @param state of the operator with the uid {@link MistralStreams#UID}
   */
  public SavedConversations(RuntimeContext state) {
    current = ConversationState.current(state);
  }

  /**
   * A conversation's ended turns.
   *
   * @param id of the conversation
   * @param tokenizer fingerprint of that which the tokens are of
   * @param parts tokens, two arrays a turn: prompt and answer
   */
  public record Saved(String id, String tokenizer, List<int[]> parts) {}

  /** The type of the keys. */
  @SuppressWarnings("unchecked") // Nobody outside needs to know what they are.
  public static TypeInformation<Object> keyType() {
    return (TypeInformation<Object>) (TypeInformation<?>) MistralTypes.CONVERSATION;
  }

  /** That of the key that is current: without turns where it has expired, or has none. */
  public Saved read(Object key) throws Exception {
    ConversationHeader header = current.header();
    return new Saved(
        key.toString(), header.tokenizer(), header.expired() ? List.of() : current.turns());
  }
}

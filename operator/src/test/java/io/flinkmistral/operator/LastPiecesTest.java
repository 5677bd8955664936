package io.flinkmistral.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.protocol.CompletionEvent;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.apache.flink.api.common.state.KeyedStateStore;
import org.apache.flink.api.common.state.OperatorStateStore;
import org.apache.flink.api.common.state.StateDescriptor;
import org.junit.jupiter.api.Test;

/** What is asked of Flink's state, whose calls the test notes. */
class LastPiecesTest {
  private static final HeldPiece PIECE =
      new HeldPiece(OptionalLong.empty(), new CompletionEvent.Chunk("r", "c", 1, "a"));

  private final List<String> calls = new ArrayList<>();

  @Test
  void aPieceIsAddedAndTheOthersAreNeitherReadNorWritten() throws Exception {
    ConversationState state =
        new ConversationState(
            noting(KeyedStateStore.class), noting(OperatorStateStore.class), _ -> {}, true);
    LastPieces pieces = new LastPieces(state, null, true);
    for (int i = 0; i < 3; i++) {
      pieces.add(new ConversationKey("c"), PIECE);
    }
    assertThat(calls).hasSize(3).allMatch("last-pieces.add"::equals);
    assertThat(pieces.isEmpty()).isFalse();
  }

  /** A store of states, each of which notes what is called. */
  private <T> T noting(Class<T> store) {
    return store.cast(
        Proxy.newProxyInstance(
            store.getClassLoader(),
            new Class<?>[] {store},
            (_, method, arguments) ->
                state(method.getReturnType(), ((StateDescriptor<?, ?>) arguments[0]).getName())));
  }

  private Object state(Class<?> type, String name) {
    return Proxy.newProxyInstance(
        type.getClassLoader(),
        new Class<?>[] {type},
        (_, method, _) -> {
          calls.add(name + "." + method.getName());
          return null;
        });
  }
}

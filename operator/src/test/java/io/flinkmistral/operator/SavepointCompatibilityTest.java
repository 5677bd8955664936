package io.flinkmistral.operator;

import static io.flinkmistral.operator.OperatorHarness.options;
import static io.flinkmistral.operator.Requests.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionRequest;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Savepoints that earlier versions wrote are restored and gone on with. They lie in {@code
 * src/test/resources/savepoints}, one folder for each version of the state. To write that of the
 * present version, once and before it is released: {@code mvn -q -pl operator -am test
 * -Dtest=SavepointCompatibilityTest -Dsurefire.failIfNoSpecifiedTests=false
 * -Dsavepoint.write=src/test/resources/savepoints/vN}.
 */
class SavepointCompatibilityTest {
  private static final List<CompletionRequest> BEFORE =
      List.of(
          request("a1", "a", "My name is Sofia."),
          request("a2", "a", "Spell the word bell."),
          request("b1", "b", "Tell me a story about a pink owl called Ben."),
          request("b2", "b", "Repeat: dog yellow salad"));

  private static final CompletionRequest AFTER = request("a3", "a", "Who am I?");

  @Test
  @EnabledIfSystemProperty(named = "savepoint.write", matches = ".+")
  void writesTheSavepointOfThisVersion() throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      for (CompletionRequest request : BEFORE) {
        operator.send(request);
      }
      operator.runUntilAnswered(2);
      // The story has been begun, and nothing of it was emitted, as it is not streamed.
      OperatorSubtaskState state = operator.savepoint();
      assertThat(operator.answers()).containsOnlyKeys("a1", "a2");
      SavepointFile.write(state, Path.of(System.getProperty("savepoint.write")));
    }
  }

  @ParameterizedTest
  @CsvSource({"v1, true", "v2, false", "v2, true", "v3, false", "v3, true"})
  void aSavepointOfThatVersionGoesOnWhereItWas(String version, boolean rocksDb) throws Exception {
    List<CompletionRequest> all = new ArrayList<>(BEFORE);
    all.add(AFTER);
    try (OperatorHarness undisturbed = OperatorHarness.opened(options());
        OperatorHarness restored = new OperatorHarness(options(), 1, 0)) {
      for (CompletionRequest request : all) {
        undisturbed.send(request);
      }
      undisturbed.runUntilAnswered(all.size());
      if (rocksDb) {
        restored.onRocksDb();
      }
      restored.open(read(version));
      restored.send(AFTER);
      restored.runUntilAnswered(3);
      assertThat(restored.answers()).containsOnlyKeys("b1", "b2", "a3");
      for (String id : restored.answers().keySet()) {
        CompletionEvent.Completed expected = undisturbed.completed(id);
        CompletionEvent.Completed actual = restored.completed(id);
        assertThat(actual.text()).as(id).isEqualTo(expected.text());
        assertThat(actual.finishReason()).as(id).isEqualTo(expected.finishReason());
        assertThat(actual.usage().promptTokens()).isEqualTo(expected.usage().promptTokens());
      }
      assertThat(restored.textOf("a3")).contains("Sofia");
      if (version.equals("v3")) { // Pages of an earlier arithmetic are of no use any more.
        assertThat(restored.completed("a3").usage().cachedTokens()).isPositive();
      }
    }
  }

  @Test
  void onTheHeapTheFirstVersionIsRefusedRatherThanForgotten() throws Exception {
    OperatorSubtaskState first = read("v1");
    try (OperatorHarness operator = new OperatorHarness(options(), 1, 0)) {
      assertThatThrownBy(() -> operator.open(first))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("rocksdb");
    }
  }

  private static OperatorSubtaskState read(String version) throws Exception {
    try (InputStream in =
        SavepointCompatibilityTest.class.getResourceAsStream(
            "/savepoints/" + version + "/" + SavepointFile.NAME)) {
      return SavepointFile.read(in);
    }
  }
}

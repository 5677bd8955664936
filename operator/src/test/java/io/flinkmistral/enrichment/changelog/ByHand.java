package io.flinkmistral.enrichment.changelog;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;

/**
 * Answers when the test lets it: a row {@code (id, text, price)} becomes {@code (id, text, price,
 * "text!")}.
 */
final class ByHand {
  private final List<Asked> asked = new ArrayList<>();

  /**
   * What a row's text was asked for; it has no lasting result where it begins with a tilde, and no
   * digest where it begins with a question mark.
   */
  record Asked(String text, CompletableFuture<ChangeEnricher.Answer<Row>> answer, Row row) {
    void answerIt() {
      answer.complete(new ChangeEnricher.Answer<>(joined(row, text + "!"), !isOfMoment(text)));
    }
  }

  /** All texts that were asked for, in their order. */
  List<String> texts() {
    return asked.stream().map(Asked::text).toList();
  }

  /** Those that are neither answered nor given up. */
  List<Asked> open() {
    return asked.stream().filter(one -> !one.answer().isDone()).toList();
  }

  void answer(String text) {
    open().stream().filter(one -> one.text().equals(text)).findFirst().orElseThrow().answerIt();
  }

  void forget() {
    asked.clear();
  }

  private static boolean isOfMoment(String text) {
    return text.startsWith("~");
  }

  static Row joined(Row row, Object result) {
    return Row.of(row.getField(0), row.getField(1), row.getField(2), result);
  }

  /** Of a subtask. */
  ChangeEnricher<Row> open(RuntimeContext context) {
    return new ChangeEnricher<>() {
      @Override
      public String digest(Row row) {
        String text = String.valueOf(row.getField(1));
        return text.startsWith("?") ? NONE : text;
      }

      @Override
      public CompletableFuture<Answer<Row>> enrich(Row row) {
        Asked one = new Asked((String) row.getField(1), new CompletableFuture<>(), Row.copy(row));
        asked.add(one);
        return one.answer();
      }

      @Override
      public Row repeated(Row earlier, Row row) {
        return joined(row, earlier.getField(3));
      }

      @Override
      public Row ofKind(RowKind kind, Row row) {
        Row copy = Row.copy(row);
        copy.setKind(kind);
        return copy;
      }

      @Override
      public void close() {}
    };
  }
}

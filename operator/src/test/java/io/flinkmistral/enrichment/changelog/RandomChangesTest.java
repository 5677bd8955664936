package io.flinkmistral.enrichment.changelog;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Random changes of a few rows, answers in random order, and now and then a crash, after which all
 * goes on from the last checkpoint: the table downstream is in the end what the table was, with
 * results, for those who heed {@code -U} and for those who do not.
 */
@Timeout(120)
@SuppressWarnings("try") // That closing a harness may be interrupted.
class RandomChangesTest {
  private static final int CHANGES = 120;
  private static final int KEYS = 4;

  /** Two of them have no digest, and different results. */
  private static final List<String> TEXTS = List.of("a", "b", "c", "?d", "?e");

  @ParameterizedTest
  @CsvSource({"false, false", "true, false", "false, true", "true, true"})
  void theTableIsInTheEndWhatItWas(boolean retract, boolean crashes) throws Exception {
    for (int seed = 0; seed < 40; seed++) {
      new Run(seed, retract, crashes).run();
    }
  }

  /** What is there at a checkpoint. */
  private record Checkpoint(OperatorSubtaskState state, int changes, List<Row> said) {}

  private static final class Run {
    private final Random random;
    private final boolean crashes;
    private final List<Row> changes;
    private final ByHand model = new ByHand();
    private final List<Row> said = new ArrayList<>();
    private ChangelogSubtask subtask;
    private Checkpoint last = new Checkpoint(null, 0, List.of());
    private int sent;
    private long checkpoints;

    Run(int seed, boolean retract, boolean crashes) {
      this.random = new Random(seed);
      this.crashes = crashes;
      this.changes = changes(random, retract);
    }

    void run() throws Exception {
      subtask = ChangelogSubtask.opened(model, null, 1, 0);
      while (sent < changes.size()) {
        step();
      }
      while (!model.open().isEmpty()) {
        answerOne();
      }
      take();
      subtask.close();
      Map<Object, Row> expected = new HashMap<>();
      changes.forEach(
          change -> {
            switch (change.getKind()) {
              case INSERT, UPDATE_AFTER ->
                  expected.put(change.getField(0), ByHand.joined(change, change.getField(1) + "!"));
              case UPDATE_BEFORE, DELETE -> expected.remove(change.getField(0));
            }
          });
      assertThat(retracted(said)).isEqualTo(expected);
      assertThat(upserted(said)).isEqualTo(expected);
    }

    private void step() throws Exception {
      switch (random.nextInt(crashes ? 12 : 10)) {
        case 0, 1, 2, 3 -> {
          if (!model.open().isEmpty()) {
            answerOne();
          }
        }
        case 10 -> {
          take();
          last = new Checkpoint(subtask.snapshot(++checkpoints, 1), sent, List.copyOf(said));
        }
        case 11 -> {
          subtask.close();
          model.forget();
          said.clear();
          said.addAll(last.said());
          sent = last.changes();
          subtask = ChangelogSubtask.opened(model, last.state(), 1, 0);
        }
        default -> subtask.send(changes.get(sent++));
      }
    }

    private void answerOne() throws Exception {
      List<ByHand.Asked> open = model.open();
      open.get(random.nextInt(open.size())).answerIt();
      subtask.run();
    }

    private void take() {
      said.addAll(subtask.extractOutputValues());
      subtask.getOutput().clear();
    }
  }

  /** Well-formed ones; sometimes a row is deleted that is not there. */
  private static List<Row> changes(Random random, boolean retract) {
    List<Row> changes = new ArrayList<>();
    Map<Integer, Row> table = new HashMap<>();
    while (changes.size() < CHANGES) {
      int id = random.nextInt(KEYS);
      Row old = table.get(id);
      if (random.nextInt(6) == 0) {
        changes.add(ofKind(RowKind.DELETE, old == null ? Row.of(id, null, null) : old));
        table.remove(id);
        continue;
      }
      Row row = Row.of(id, TEXTS.get(random.nextInt(TEXTS.size())), random.nextInt(3));
      if (old == null) {
        changes.add(ofKind(RowKind.INSERT, row));
      } else {
        if (retract) {
          changes.add(ofKind(RowKind.UPDATE_BEFORE, old));
        }
        changes.add(ofKind(RowKind.UPDATE_AFTER, row));
      }
      table.put(id, row);
    }
    return changes;
  }

  private static Row ofKind(RowKind kind, Row row) {
    Row copy = Row.copy(row);
    copy.setKind(kind);
    return copy;
  }

  /** Of a changelog that must be well formed. */
  private static Map<Object, Row> retracted(List<Row> changes) {
    Map<Object, Row> table = new HashMap<>();
    Map<Object, RowKind> before = new HashMap<>();
    for (Row change : changes) {
      Object id = change.getField(0);
      Row row = ofKind(RowKind.INSERT, change);
      RowKind last = before.getOrDefault(id, RowKind.DELETE);
      switch (change.getKind()) {
        case INSERT -> {
          assertThat(last).isEqualTo(RowKind.DELETE);
          table.put(id, row);
        }
        case UPDATE_AFTER -> {
          assertThat(last).isEqualTo(RowKind.UPDATE_BEFORE);
          table.put(id, row);
        }
        case UPDATE_BEFORE, DELETE -> {
          assertThat(last).isIn(RowKind.INSERT, RowKind.UPDATE_AFTER);
          assertThat(table.remove(id)).isEqualTo(row);
        }
      }
      before.put(id, change.getKind());
    }
    return table;
  }

  private static Map<Object, Row> upserted(List<Row> changes) {
    Map<Object, Row> table = new HashMap<>();
    for (Row change : changes) {
      switch (change.getKind()) {
        case INSERT, UPDATE_AFTER -> table.put(change.getField(0), ofKind(RowKind.INSERT, change));
        case UPDATE_BEFORE -> {}
        case DELETE -> table.remove(change.getField(0));
      }
    }
    return table;
  }
}

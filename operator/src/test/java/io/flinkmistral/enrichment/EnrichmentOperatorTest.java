package io.flinkmistral.enrichment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.operators.AbstractStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperatorFactory;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.mailbox.Mail;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One subtask, whose answers come when the test gives them. */
@Timeout(60)
@SuppressWarnings("try") // That closing a harness may be interrupted.
class EnrichmentOperatorTest {
  private final List<Asked> asked = new ArrayList<>();

  private record Asked(String text, CompletableFuture<String> answer) {}

  @Test
  void recordsComeOutAsTheirAnswersCome() throws Exception {
    try (Subtask subtask = opened(false, null)) {
      subtask.send("a", "b", "c");
      answer("c", "a", "b");
      assertThat(subtask.run()).containsExactly("c!", "a!", "b!");
    }
  }

  @Test
  void orAsTheyCameIn() throws Exception {
    try (Subtask subtask = opened(true, null)) {
      subtask.send("a", "b", "c");
      answer("c", "b");
      assertThat(subtask.run()).isEmpty();
      answer("a");
      assertThat(subtask.run()).containsExactly("a!", "b!", "c!");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aWatermarkStaysBehindWhatCameBeforeIt(boolean ordered) throws Exception {
    try (Subtask subtask = opened(ordered, null)) {
      subtask.watermark(1);
      subtask.send("a", "b");
      subtask.watermark(2);
      subtask.send("c");
      subtask.watermark(3);
      answer("c", "a");
      subtask.run();
      assertThat(subtask.watermarks()).containsExactly(1L);
      answer("b");
      subtask.run();
      assertThat(subtask.watermarks()).containsExactly(1L, 2L, 3L);
      List<Object> out = subtask.elements();
      assertThat(out.indexOf(new Watermark(2)))
          .isGreaterThan(out.indexOf(new StreamRecord<>("b!", 7)));
      assertThat(out.indexOf(new Watermark(3)))
          .isGreaterThan(out.indexOf(new StreamRecord<>("c!", 7)));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatHasNotComeOutIsInTheCheckpoint(boolean ordered) throws Exception {
    OperatorSubtaskState state;
    try (Subtask subtask = opened(ordered, null)) {
      subtask.send("a", "b", "c");
      answer("a");
      assertThat(subtask.run()).containsExactly("a!");
      state = subtask.snapshot(1, 1);
      answer("b");
      subtask.run();
    }
    asked.clear();
    try (Subtask subtask = opened(ordered, state)) {
      assertThat(asked).extracting(Asked::text).containsExactly("b", "c");
      answer("c", "b");
      assertThat(subtask.run()).containsExactlyInAnyOrder("b!", "c!");
      assertThat(subtask.elements()).contains(new StreamRecord<>("b!", 7));
      subtask.endInput();
    }
  }

  @Test
  void anEngineThatBreaksFailsTheTask() throws Exception {
    try (Subtask subtask = opened(false, null)) {
      subtask.send("a");
      asked.getFirst().answer().completeExceptionally(new IllegalStateException("no memory"));
      assertThatThrownBy(subtask::run).hasMessageContaining("no memory");
    }
  }

  /** As in a stop with savepoint, after which somebody else goes on. */
  @Test
  void whatComesAfterTheEndIsDropped() throws Exception {
    Subtask subtask = opened(false, null);
    subtask.send("a");
    List<Mail> late = new ArrayList<>();
    answer("a");
    subtask.getTaskMailbox().tryTake(0).ifPresent(late::add);
    subtask.close();
    for (Mail mail : late) {
      mail.run();
    }
    assertThat(late).hasSize(1);
    assertThat(subtask.extractOutputValues()).isEmpty();
  }

  private void answer(String... texts) {
    for (String text : texts) {
      asked.stream()
          .filter(one -> one.text().equals(text))
          .forEach(one -> one.answer().complete(text + "!"));
    }
  }

  private Subtask opened(boolean ordered, OperatorSubtaskState state) throws Exception {
    Subtask subtask = new Subtask(new Capacity(100, 1 << 20, ordered));
    subtask.setup(StringSerializer.INSTANCE);
    if (state == null) {
      subtask.initializeEmptyState();
    } else {
      subtask.initializeState(state);
    }
    subtask.open();
    return subtask;
  }

  private final class Subtask extends AbstractStreamOperatorTestHarness<String> {
    Subtask(Capacity capacity) throws Exception {
      super(new Factory(capacity), 8, 1, 0);
      config.setupNetworkInputs(
          Types.STRING.createSerializer(executionConfig.getSerializerConfig()));
      config.serializeAllConfigs();
    }

    @SuppressWarnings("unchecked") // The factory makes it.
    private EnrichmentOperator<String, String> enrichment() {
      return (EnrichmentOperator<String, String>) operator;
    }

    void send(String... texts) throws Exception {
      for (String text : texts) {
        enrichment().processElement1(new StreamRecord<>(text, 7));
      }
    }

    void watermark(long timestamp) throws Exception {
      enrichment().processWatermark1(new Watermark(timestamp));
    }

    /** Runs the mails that are there. */
    List<String> run() throws Exception {
      int before = extractOutputValues().size();
      for (var mail = getTaskMailbox().tryTake(0); mail.isPresent(); ) {
        mail.get().run();
        mail = getTaskMailbox().tryTake(0);
      }
      return extractOutputValues().subList(before, extractOutputValues().size());
    }

    List<Object> elements() {
      return List.copyOf(getOutput());
    }

    List<Long> watermarks() {
      return elements().stream()
          .filter(Watermark.class::isInstance)
          .map(mark -> ((Watermark) mark).getTimestamp())
          .toList();
    }

    void endInput() throws Exception {
      enrichment().endInput(1);
      enrichment().endInput(2);
    }
  }

  private final class Factory extends AbstractStreamOperatorFactory<String>
      implements TwoInputStreamOperatorFactory<String, Void, String> {
    private static final long serialVersionUID = 1L;

    private final Capacity capacity;

    Factory(Capacity capacity) {
      this.capacity = capacity;
    }

    @Override
    public <T extends StreamOperator<String>> T createStreamOperator(
        StreamOperatorParameters<String> parameters) {
      @SuppressWarnings("unchecked") // Flink's interface leaves the operator's type open.
      T operator =
          (T) new EnrichmentOperator<>(_ -> new ByHand(), capacity, parameters, () -> false);
      return operator;
    }

    @Override
    @SuppressWarnings("rawtypes") // Flink's interface has it so.
    public Class<? extends StreamOperator> getStreamOperatorClass(ClassLoader classLoader) {
      return EnrichmentOperator.class;
    }
  }

  private final class ByHand implements Enricher<String, String> {
    @Override
    public CompletableFuture<String> enrich(String record) {
      CompletableFuture<String> answer = new CompletableFuture<>();
      asked.add(new Asked(record, answer));
      return answer;
    }

    @Override
    public void close() {}
  }
}

package io.flinkmistral.jobs.evaluation.replay;

import io.flinkmistral.evaluation.Question;
import io.flinkmistral.jobs.json.QuestionWriter;
import io.flinkmistral.operator.SavedConversations;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.state.api.functions.KeyedStateReaderFunction;
import org.apache.flink.util.Collector;

/**
 * A conversation's turns as lines of questions, each behind all tokens before its answer, and
 * beside the fingerprint of the tokenizer that these are of.
 */
final class TurnReader extends KeyedStateReaderFunction<Object, Tuple2<String, byte[]>> {
  private static final long serialVersionUID = 1L;
  private static final String GROUP = "turns";

  private final double temperature;
  private transient SavedConversations conversations;

  TurnReader(double temperature) {
    this.temperature = temperature;
  }

  @Override
  public void open(OpenContext context) {
    conversations = new SavedConversations(getRuntimeContext());
  }

  @Override
  public void readKey(Object key, Context context, Collector<Tuple2<String, byte[]>> out)
      throws Exception {
    SavedConversations.Saved saved = conversations.read(key);
    List<int[]> parts = saved.parts();
    int[] history = {};
    for (int i = 0; i + 1 < parts.size(); i += 2) {
      history = joined(history, parts.get(i));
      int[] answer = parts.get(i + 1);
      if (answer.length > 0) {
        String id = "%s, turn %d".formatted(saved.id(), i / 2 + 1);
        Question turn =
            new Question.Turn(id, GROUP, saved.tokenizer(), history, answer, temperature);
        out.collect(Tuple2.of(saved.tokenizer(), QuestionWriter.write(turn)));
      }
      history = joined(history, answer);
    }
  }

  private static int[] joined(int[] before, int[] tokens) {
    int[] all = Arrays.copyOf(before, before.length + tokens.length);
    System.arraycopy(tokens, 0, all, before.length, tokens.length);
    return all;
  }
}

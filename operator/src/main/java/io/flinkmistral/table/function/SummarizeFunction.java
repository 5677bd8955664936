package io.flinkmistral.table.function;

import io.flinkmistral.task.Prompts;
import io.flinkmistral.task.work.TaskResult;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.types.inference.CallContext;
import org.apache.flink.table.types.inference.TypeInference;
import org.apache.flink.table.types.inference.TypeStrategies;

/** {@code AI_SUMMARIZE(text)}, {@code AI_SUMMARIZE(text, 30)}: what it says, in so many words. */
public final class SummarizeFunction implements TextFunction {
  private static final int WORDS = 50;
  private static final int MOST_WORDS = 1000;

  @Override
  public String name() {
    return "AI_SUMMARIZE";
  }

  @Override
  public TypeInference types() {
    return TypeInference.newBuilder()
        .inputTypeStrategy(TextFunction.textAndPerhaps(DataTypes.INT()))
        .outputTypeStrategy(TypeStrategies.explicit(DataTypes.STRING()))
        .build();
  }

  @Override
  public TextFunction.Call call(CallContext context) {
    boolean given = context.getArgumentDataTypes().size() > 1;
    if (given && !context.isArgumentLiteral(1)) {
      throw new ValidationException(
          "the number of words of AI_SUMMARIZE must be a constant, such as 30");
    }
    int words = given ? context.getArgumentValue(1, Integer.class).orElse(WORDS) : WORDS;
    if (words < 1 || words > MOST_WORDS) {
      throw new ValidationException(
          "AI_SUMMARIZE takes 1 to %d words, but is asked for %d".formatted(MOST_WORDS, words));
    }
    return new Call(words);
  }

  private record Call(int words) implements TextFunction.Call {
    private static final long serialVersionUID = 1L;

    @Override
    public Prompts.Prompted prompted(Object[] arguments) {
      return Prompts.summarize(words);
    }

    @Override
    public Object value(TaskResult result) {
      return ((TaskResult.Text) result).text().strip();
    }
  }
}

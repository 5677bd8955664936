package io.flinkmistral.table.function;

import io.flinkmistral.task.Prompts;
import io.flinkmistral.task.work.TaskResult;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.types.inference.CallContext;
import org.apache.flink.table.types.inference.StaticArgument;
import org.apache.flink.table.types.inference.TypeInference;
import org.apache.flink.table.types.inference.TypeStrategies;

/**
 * {@code AI_SENTIMENT(text)}: {@code positive}, {@code negative}, {@code neutral} or {@code mixed}.
 */
public final class SentimentFunction implements TextFunction {
  @Override
  public String name() {
    return "AI_SENTIMENT";
  }

  @Override
  public TypeInference types() {
    return TypeInference.newBuilder()
        .staticArguments(StaticArgument.scalar(Prompts.TEXT, DataTypes.STRING(), false))
        .outputTypeStrategy(TypeStrategies.explicit(DataTypes.STRING()))
        .build();
  }

  @Override
  public TextFunction.Call call(CallContext context) {
    return new Call();
  }

  private record Call() implements TextFunction.Call {
    private static final long serialVersionUID = 1L;

    @Override
    public Prompts.Prompted prompted(Object[] arguments) {
      return Prompts.sentiment();
    }

    @Override
    public Object value(TaskResult result) {
      return ((TaskResult.Label) result).label().orElse(null);
    }
  }
}

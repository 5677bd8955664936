package io.flinkmistral.table;

import io.flinkmistral.task.ClassificationTask;
import io.flinkmistral.task.ClassificationTask.Label;
import io.flinkmistral.task.PromptTemplate;
import io.flinkmistral.task.Task;
import io.flinkmistral.task.TaskResult;
import java.util.List;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.types.inference.CallContext;
import org.apache.flink.table.types.inference.StaticArgument;
import org.apache.flink.table.types.inference.TypeInference;
import org.apache.flink.table.types.inference.TypeStrategies;

/**
 * {@code AI_SENTIMENT(text)}: {@code positive}, {@code negative}, {@code neutral} or {@code mixed}.
 */
final class SentimentFunction implements TextFunction {
  @Override
  public String name() {
    return "AI_SENTIMENT";
  }

  @Override
  public TypeInference types() {
    return TypeInference.newBuilder()
        .staticArguments(StaticArgument.scalar(TEXT, DataTypes.STRING(), false))
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
    public PromptTemplate template() {
      return PromptTemplate.of("Classify the sentiment: {{text}}");
    }

    @Override
    public Task task(Object[] arguments) {
      return ClassificationTask.of(
          List.of(
              new Label("positive", "the writer is pleased, or praises something"),
              new Label("negative", "the writer is displeased, or complains of something"),
              new Label("neutral", "the writer states facts, and feels nothing about them"),
              new Label(
                  "mixed", "the writer is pleased with some of it, and displeased with some")));
    }

    @Override
    public Object value(TaskResult result) {
      return ((TaskResult.Label) result).label().orElse(null);
    }
  }
}

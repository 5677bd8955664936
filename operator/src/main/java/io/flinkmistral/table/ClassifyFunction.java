package io.flinkmistral.table;

import io.flinkmistral.task.ClassificationTask;
import io.flinkmistral.task.PromptTemplate;
import io.flinkmistral.task.Task;
import io.flinkmistral.task.TaskResult;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.types.inference.CallContext;
import org.apache.flink.table.types.inference.StaticArgument;
import org.apache.flink.table.types.inference.TypeInference;
import org.apache.flink.table.types.inference.TypeStrategies;

/** {@code AI_CLASSIFY(text, ARRAY['bug', 'praise'])}: the label that fits best. */
final class ClassifyFunction implements TextFunction {
  @Override
  public String name() {
    return "AI_CLASSIFY";
  }

  @Override
  public TypeInference types() {
    return TypeInference.newBuilder()
        .staticArguments(
            StaticArgument.scalar(TEXT, DataTypes.STRING(), false),
            StaticArgument.scalar("labels", DataTypes.ARRAY(DataTypes.STRING()), false))
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
      return PromptTemplate.of("{{text}}");
    }

    @Override
    public Task task(Object[] arguments) {
      return ClassificationTask.of((String[]) arguments[1]);
    }

    @Override
    public Object value(TaskResult result) {
      return ((TaskResult.Label) result).label().orElse(null);
    }
  }
}

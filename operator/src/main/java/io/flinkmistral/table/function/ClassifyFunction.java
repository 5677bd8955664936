package io.flinkmistral.table.function;

import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.task.ClassificationTask.Label;
import io.flinkmistral.task.Prompts;
import io.flinkmistral.task.work.TaskResult;
import java.util.stream.Stream;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.types.inference.CallContext;
import org.apache.flink.table.types.inference.StaticArgument;
import org.apache.flink.table.types.inference.TypeInference;
import org.apache.flink.table.types.inference.TypeStrategies;

/** {@code AI_CLASSIFY(text, ARRAY['bug', 'praise'])}: the label that fits best. */
public final class ClassifyFunction implements TextFunction {
  @Override
  public String name() {
    return "AI_CLASSIFY";
  }

  @Override
  public TypeInference types() {
    return TypeInference.newBuilder()
        .staticArguments(
            StaticArgument.scalar(Prompts.TEXT, DataTypes.STRING(), false),
            StaticArgument.scalar("labels", DataTypes.ARRAY(DataTypes.STRING()), false))
        .outputTypeStrategy(TypeStrategies.explicit(DataTypes.STRING()))
        .build();
  }

  @Override
  public TextFunction.Call call(CallContext context) {
    return new Call();
  }

  private static Label label(String name) {
    if (name == null) {
      throw new InvalidRequestException("labels", "one of the labels is NULL: leave it out");
    }
    return new Label(name, "");
  }

  private record Call() implements TextFunction.Call {
    private static final long serialVersionUID = 1L;

    @Override
    public Prompts.Prompted prompted(Object[] arguments) {
      return Prompts.classify(
          Stream.of((String[]) arguments[1]).map(ClassifyFunction::label).toList());
    }

    @Override
    public Object value(TaskResult result) {
      return ((TaskResult.Label) result).label().orElse(null);
    }
  }
}

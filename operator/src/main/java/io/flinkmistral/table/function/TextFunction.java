package io.flinkmistral.table.function;

import io.flinkmistral.task.Prompts;
import io.flinkmistral.task.work.TaskResult;
import java.io.Serializable;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.inference.ArgumentTypeStrategy;
import org.apache.flink.table.types.inference.CallContext;
import org.apache.flink.table.types.inference.InputTypeStrategies;
import org.apache.flink.table.types.inference.InputTypeStrategy;
import org.apache.flink.table.types.inference.TypeInference;

/** A function of the module: what it is called with, and what is asked of the model for it. */
public interface TextFunction {
  String name();

  /** Types of arguments, the text first, and of the result. */
  TypeInference types();

  /** Arguments that are a text, or a text and another one. */
  static InputTypeStrategy textAndPerhaps(DataType other) {
    ArgumentTypeStrategy text = InputTypeStrategies.explicit(DataTypes.STRING());
    return InputTypeStrategies.or(
        InputTypeStrategies.sequence(text),
        InputTypeStrategies.sequence(text, InputTypeStrategies.explicit(other)));
  }

  /** What is asked in a call. */
  Call call(CallContext context);

  /** What is asked of the model, and what is made of its result. */
  interface Call extends Serializable {
    /**
     * What is asked for a text.
     *
     * @param arguments as Flink's functions take them
     */
    Prompts.Prompted prompted(Object[] arguments);

    /** The function's value, as its types say. */
    Object value(TaskResult result);
  }
}

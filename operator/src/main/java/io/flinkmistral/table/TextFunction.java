package io.flinkmistral.table;

import io.flinkmistral.task.Prompts;
import io.flinkmistral.task.TaskResult;
import java.io.Serializable;
import org.apache.flink.table.types.inference.CallContext;
import org.apache.flink.table.types.inference.TypeInference;

/** A function of the module: what it is called with, and what is asked of the model for it. */
interface TextFunction {
  String name();

  /** Types of arguments, the text first, and of the result. */
  TypeInference types();

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

package io.flinkmistral.table;

import io.flinkmistral.task.PromptTemplate;
import io.flinkmistral.task.Task;
import io.flinkmistral.task.TaskResult;
import java.io.Serializable;
import org.apache.flink.table.types.inference.CallContext;
import org.apache.flink.table.types.inference.TypeInference;

/** A function of the module: what it is called with, and what is asked of the model for it. */
interface TextFunction {
  /** The prompt's only column. */
  String TEXT = "text";

  String name();

  /** Types of arguments, the text first, and of the result. */
  TypeInference types();

  /** What is asked in a call. */
  Call call(CallContext context);

  /** What is asked of the model, whatever the text is. */
  interface Call extends Serializable {
    PromptTemplate template();

    /**
     * The task of a row.
     *
     * @param arguments as Flink's functions take them
     */
    Task task(Object[] arguments);

    /** The function's value, as its types say. */
    Object value(TaskResult result);
  }
}

package io.flinkmistral.table.function;

import io.flinkmistral.table.prediction.Waiting;
import java.io.IOException;
import org.apache.flink.table.catalog.DataTypeFactory;
import org.apache.flink.table.functions.FunctionContext;
import org.apache.flink.table.functions.ScalarFunction;
import org.apache.flink.table.types.inference.TypeInference;

/** A function of the module. It stops its task, checkpoints included, while the model computes. */
public final class ModelFunction extends ScalarFunction {
  private static final long serialVersionUID = 1L;

  /** There when statements are planned, and not any more in a task. */
  private final transient TextFunction function;

  private final TextFunction.Call call;
  private final FunctionSettings settings;
  private transient CalledText called;

  ModelFunction(TextFunction function, TextFunction.Call call, FunctionSettings settings) {
    this.function = function;
    this.call = call;
    this.settings = settings;
  }

  @Override
  public void open(FunctionContext context) throws IOException {
    called = CalledText.open(call, settings);
  }

  /** Flink finds it by its name. */
  public Object eval(Object... arguments) {
    return Waiting.on(called.of(arguments));
  }

  @Override
  public TypeInference getTypeInference(DataTypeFactory factory) {
    return function.types();
  }

  @Override
  public boolean supportsConstantFolding() {
    return false;
  }

  @Override
  public void close() {
    if (called != null) {
      called.close();
    }
  }
}

package io.flinkmistral.table.function;

import org.apache.flink.table.catalog.DataTypeFactory;
import org.apache.flink.table.functions.FunctionKind;
import org.apache.flink.table.functions.SpecializedFunction;
import org.apache.flink.table.functions.UserDefinedFunction;
import org.apache.flink.table.types.inference.TypeInference;

/**
 * A function of the module as the planner sees it. It is deterministic, so that it may stand over
 * updates; but the planner must not compute it itself, where it would load the model.
 *
 * <p>It is not asynchronous: in 2.3.0, Flink takes NULL of a column that stands beside such a
 * function for an empty text or -1 ({@code AsyncCodeGenerator} passes values on without looking
 * whether there is one), and has no such functions in batch mode.
 */
public record TextFunctionDefinition(TextFunction function, FunctionSettings settings)
    implements SpecializedFunction {

  @Override
  public FunctionKind getKind() {
    return FunctionKind.SCALAR;
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
  public UserDefinedFunction specialize(SpecializedContext context) {
    return new ModelFunction(function, function.call(context.getCallContext()), settings);
  }
}

package io.flinkmistral.kernel.bytecode;

import static io.flinkmistral.kernel.bytecode.Expressions.get;
import static io.flinkmistral.kernel.bytecode.Expressions.plus;

import io.flinkmistral.kernel.bytecode.Expressions.Value;
import io.flinkmistral.kernel.bytecode.Expressions.Variable;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.util.function.IntFunction;

/**
 * Bytecode of vector arithmetic on memory, as the compiler would write it: {@link Expressions} that
 * end in assignments to local variables or in memory, and loops.
 *
 * <p>Why bytecode: the innermost loops hold their sums in registers, each in a variable of its own,
 * so that how many tokens and rows they take is the shape of the code. Written out by hand each
 * shape is hundreds of lines.
 */
public final class KernelCode {
  private final CodeBuilder code;
  private final int lanes;

  /**
   * @param lanes floats in a vector
   */
  public KernelCode(CodeBuilder code, int lanes) {
    this.code = code;
    this.lanes = lanes;
  }

  /** Floats in a vector. */
  public int lanes() {
    return lanes;
  }

  /** A parameter of the method. */
  public Variable parameter(int number, CodeType type) {
    return new Variable(type, code.parameterSlot(number));
  }

  public Variable variable(Value initial) {
    Variable variable = new Variable(initial.type(), code.allocateLocal(initial.type().kind()));
    assign(variable, initial);
    return variable;
  }

  /** So many variables. */
  public Variable[] variables(int count, IntFunction<Value> initial) {
    Variable[] variables = new Variable[count];
    for (int i = 0; i < count; i++) {
      variables[i] = variable(initial.apply(i));
    }
    return variables;
  }

  public void assign(Variable variable, Value value) {
    value.push().accept(code);
    code.storeLocal(variable.type().kind(), variable.slot());
  }

  /** {@code variable += bytes}. */
  public void advance(Variable variable, long bytes) {
    assign(variable, plus(get(variable), bytes));
  }

  /**
   * Runs {@code body} once, and again while the two differ; their distance must fit 32 bits.
   *
   * <p>It is that distance which is looked at: what {@code lcmp} says would be computed as a
   * number, too, because the safepoint of a loop's end may have to hand it on to the interpreter.
   */
  public void doWhileNotEqual(Variable address, Variable end, Runnable body) {
    Label top = code.newBoundLabel();
    body.run();
    get(end).push().accept(code);
    get(address).push().accept(code);
    code.lsub().l2i().ifne(top);
  }

  /** Ends the method if the two are equal. */
  public void returnIfEqual(Variable address, Variable end) {
    Label further = code.newLabel();
    get(address).push().accept(code);
    get(end).push().accept(code);
    code.lcmp().ifne(further);
    code.return_();
    code.labelBinding(further);
  }

  public void store(Value vector, Value address) {
    vector.push().accept(code);
    Expressions.storeTo(code, vector.type(), address);
  }
}

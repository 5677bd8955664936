package io.flinkmistral.enrichment;

import java.io.IOException;
import java.util.Objects;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * A serializer of values that hold one of another serializer, and are as immutable as that: what
 * Flink asks of it beside how a value is written, read and copied.
 *
 * @param <W> the values
 * @param <T> what they hold
 */
public abstract class WrappingSerializer<W, T> extends TypeSerializer<W> {
  private static final long serialVersionUID = 1L;

  private final TypeSerializer<T> wrapped;

  /**
   * @param wrapped of what the values hold
   */
  protected WrappingSerializer(TypeSerializer<T> wrapped) {
    this.wrapped = wrapped;
  }

  /** Of what the values hold. */
  protected final TypeSerializer<T> wrapped() {
    return wrapped;
  }

  /** The same with another serializer of what the values hold. */
  protected abstract TypeSerializer<W> with(TypeSerializer<T> other);

  @Override
  public W deserialize(W reuse, DataInputView in) throws IOException {
    return deserialize(in);
  }

  @Override
  public W copy(W from, W reuse) {
    return copy(from);
  }

  @Override
  public void copy(DataInputView in, DataOutputView out) throws IOException {
    serialize(deserialize(in), out);
  }

  @Override
  public boolean isImmutableType() {
    return wrapped.isImmutableType();
  }

  @Override
  public TypeSerializer<W> duplicate() {
    TypeSerializer<T> duplicate = wrapped.duplicate();
    return duplicate == wrapped ? this : with(duplicate);
  }

  @Override
  public W createInstance() {
    return null; // There is nothing to be filled later.
  }

  @Override
  public int getLength() {
    return -1;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof WrappingSerializer<?, ?> that
        && getClass() == that.getClass()
        && wrapped.equals(that.wrapped);
  }

  @Override
  public int hashCode() {
    return Objects.hash(wrapped);
  }
}

package io.flinkmistral.kernel;

import io.flinkmistral.kernel.arithmetic.NumbersInPlace;
import io.flinkmistral.kernel.arithmetic.Strided;
import io.flinkmistral.kernel.bytecode.CacheReading;
import io.flinkmistral.kernel.bytecode.PassSize;
import io.flinkmistral.kernel.layout.PanelLayout;
import io.flinkmistral.kernel.layout.Panels;
import io.flinkmistral.kernel.layout.Product;
import io.flinkmistral.kernel.layout.WeightMatrix;
import io.flinkmistral.kernel.machine.Host;
import io.flinkmistral.kernel.machine.attention.AttentionKernels;
import io.flinkmistral.kernel.machine.attention.AttentionShape;
import io.flinkmistral.kernel.memory.WeightMemory;
import io.flinkmistral.kernel.pool.WorkPool;
import io.flinkmistral.tensor.DataType;
import io.flinkmistral.tensor.Matrix;
import io.flinkmistral.tensor.format.NumberFormat;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;

/**
 * The arithmetic of a transformer, on float arrays.
 *
 * <p>Every implementation keeps the order of each sum fixed by the positions of its terms, whatever
 * the number of tokens, threads, or vector lanes: the same token gives the same bits in each batch.
 * {@link ScalarKernels} is the oracle: the same order in plain loops, so that results are compared
 * bit for bit.
 */
public interface Kernels {
  /**
   * The fastest kernels of this host. The property {@code flinkmistral.vectorBits} (128, 256 or
   * 512) makes their vectors narrower, {@code flinkmistral.kernels} says whether they are machine
   * code; see {@link KernelChoice}.
   *
   * @throws IllegalStateException where the JVM was started without the vector module
   */
  static Kernels best() {
    return best(Precision.QUANTIZED);
  }

  /** The fastest kernels of this host that round inputs no further than {@code precision} says. */
  static Kernels best(Precision precision) {
    return best(precision, KernelChoice.AUTO);
  }

  /**
   * The same with a choice.
   *
   * @throws IllegalArgumentException if this host has not what was chosen by name
   */
  static Kernels best(Precision precision, KernelChoice choice) {
    if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
      throw new IllegalStateException(
          "add --add-modules=jdk.incubator.vector to the flags of this JVM: the kernels compute"
              + " with its vectors");
    }
    Integer bits = Integer.getInteger("flinkmistral.vectorBits");
    int width = bits == null ? VectorKernels.widest() : bits;
    return VectorKernels.of(width, precision, choice.orOfProperty().on(Host.get(), width));
  }

  /** What computes, in a few words for people: instruction sets and widths. */
  String description();

  /**
   * Names the order and the rounding of all sums: kernels of the same name give the same bits for
   * the same weights, on every host.
   */
  String arithmetic();

  /**
   * Whether products of weights of a type are computed by plain loops, a hundred times as slowly as
   * by vectors.
   */
  boolean multipliesInPlainLoops(DataType type);

  /**
   * Makes a weight matrix ready for {@link #multiply}: as a view, which may be slow until it is
   * {@link #pack}ed.
   *
   * @param memory for a packed copy, zeroed; nothing is to be multiplied with the weights once it
   *     is gone
   */
  WeightMatrix prepare(Matrix matrix, SegmentAllocator memory);

  /**
   * Bytes of a matrix where {@link #pack} copies it, on a CPU with vectors of 256 or 512 bits, or
   * else where it is read.
   */
  static long packedBytes(Matrix matrix) {
    NumberFormat format = matrix.type().format();
    PanelLayout layout = PanelLayout.of(format);
    return layout.widens(format)
        ? matrix.data().byteSize()
        : Panels.bytes(layout, matrix.rows(), matrix.columns());
  }

  /**
   * Copies weights to where and how products read them fastest, if there is such a way. It changes
   * no bit of any result. Not while something is multiplied with them.
   *
   * @param weights prepared by these kernels
   * @param pool threads to share it among
   */
  default void pack(WeightMatrix weights, WorkPool pool) {}

  /** Both, on the caller's thread alone; a copy lives as long as it can be reached. */
  default WeightMatrix prepare(Matrix matrix) {
    WeightMatrix weights = prepare(matrix, new WeightMemory(Arena.ofAuto()));
    try (WorkPool caller = WorkPool.of(1)) {
      pack(weights, caller);
    }
    return weights;
  }

  /**
   * Compiles ahead what passes take: seconds at the start of a large model. It changes no bit of
   * any result.
   *
   * @param size of the passes; for {@link PassSize#FIRST} before others, while nothing is computed
   * @param types of weights
   * @param reading of cached keys and values: in place by {@link #addInPlace}, as panels by {@link
   *     #addPanel}, or by {@link #attention}
   * @param executor runs it
   */
  default void warmUp(
      PassSize size, Set<DataType> types, CacheReading reading, Executor executor) {}

  /** Machine code for attention over keys and values that lie so, if there is some. */
  default Optional<AttentionKernels> attention(AttentionShape shape) {
    return Optional.empty();
  }

  /**
   * Products of inputs and weight matrices: {@code out[t][r] = sum over k of w[r][k] * in[t][k]}.
   *
   * @param products matrices with as many columns as the inputs have numbers
   * @param in (tokens, columns), row by row
   * @param tokens number of inputs
   * @param pool threads to share the rows among
   */
  void multiply(List<Product> products, float[] in, int tokens, WorkPool pool);

  /** The same for a single matrix. */
  default void multiply(WeightMatrix weights, float[] in, int tokens, float[] out, WorkPool pool) {
    multiply(List.of(new Product(weights, out)), in, tokens, pool);
  }

  /** Writes row {@code row} of {@code matrix} as floats to {@code out[outOffset ...]}. */
  void dequantizeRow(Matrix matrix, int row, float[] out, int outOffset);

  /** {@code out = in * weight / sqrt(mean(in^2) + epsilon)} over {@code n} numbers. */
  void rmsNorm(
      float[] in, int inOffset, float[] weight, int n, float epsilon, float[] out, int outOffset);

  /** {@code gate[i] = silu(gate[i]) * up[i]}, with {@code silu(x) = x / (1 + exp(-x))}. */
  void swiGlu(float[] gate, float[] up, int offset, int n);

  /** {@code target[i] += source[i]}. */
  void add(float[] target, int targetOffset, float[] source, int sourceOffset, int n);

  /** {@code target[i] = fma(factor, source[i], target[i])}. */
  void addScaled(
      float factor, float[] source, int sourceOffset, float[] target, int targetOffset, int n);

  /** {@code target[i] *= factor}. */
  void scale(float factor, float[] target, int offset, int n);

  /** The greatest of {@code n} numbers. */
  float max(float[] values, int offset, int n);

  /**
   * {@code values[i] = exp(values[i] - max)} in place; returns their sum in 16 lanes and a fixed
   * tree, where the lane of {@code values[offset + i]} is {@code (firstLane + i) % 16}.
   */
  float expSum(float[] values, int offset, int n, float max, int firstLane);

  /** Rows of a panel; see {@link #addPanel}. */
  int PANEL = PanelLayout.ROWS;

  /** How many of {@code count} inputs {@link #addPanel} is to take at once. */
  int panelInputs(int count);

  /**
   * The product of 64 rows and a few inputs: {@code out[t][r] = fma(panel[k][r], in[k][t],
   * out[t][r])} for each k in turn.
   *
   * @param panel (columns, 64) floats
   * @param in (columns, tokens), the bits of floats, from {@code offset} on
   * @param tokens what {@link #panelInputs} says
   * @param out (tokens, 64) floats
   */
  void addPanel(
      MemorySegment panel, int columns, int[] in, int offset, int tokens, MemorySegment out);

  /** Inputs that {@link #addInPlace} takes: the query heads of a key's head in Mistral's models. */
  int IN_PLACE_INPUTS = NumbersInPlace.INPUTS;

  /** {@link #addInPlace} takes a multiple of so many rows. */
  int IN_PLACE_ROWS = NumbersInPlace.ROWS;

  /**
   * What {@link #addPanel} does, for other numbers than floats: {@code out[t][r] = fma(panel[k][r],
   * in[k][t], out[t][r])} for each k in turn. It makes floats of them anew for each call.
   *
   * @param panel (columns, rows)
   * @param in (columns, {@link #IN_PLACE_INPUTS}), the bits of floats, from {@code offset} on
   * @param out for each input {@link #PANEL} floats, of which the first {@code rows} are added to
   */
  void addInPlace(
      NumbersInPlace panel, int columns, int rows, int[] in, int offset, MemorySegment out);

  /**
   * Writes finite IEEE halves as floats.
   *
   * @param in rows of little-endian halves
   * @param out rows of floats
   * @param count numbers of a row
   */
  void widenHalves(Strided in, Strided out, int rows, int count);

  /**
   * Writes signed bytes as floats: {@code out[r][i] = scales[i] * in[r][i]}, or {@code scales[r] *
   * in[r][i]}.
   *
   * @param in rows of bytes
   * @param out rows of floats
   * @param count numbers of a row
   * @param ofRows whether a scale is that of a row
   */
  void widenBytes(Strided in, Strided out, int rows, int count, float[] scales, boolean ofRows);
}

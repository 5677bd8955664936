package io.flinkmistral.kernel;

import io.flinkmistral.kernel.arithmetic.MatrixRows;
import io.flinkmistral.kernel.arithmetic.NumbersInPlace;
import io.flinkmistral.kernel.arithmetic.RmsNorm;
import io.flinkmistral.kernel.arithmetic.Strided;
import io.flinkmistral.kernel.bytecode.CacheReading;
import io.flinkmistral.kernel.bytecode.KernelWarmUp;
import io.flinkmistral.kernel.bytecode.PassSize;
import io.flinkmistral.kernel.layout.PanelLayout;
import io.flinkmistral.kernel.layout.Product;
import io.flinkmistral.kernel.layout.WeightMatrix;
import io.flinkmistral.kernel.machine.InstructionSet;
import io.flinkmistral.kernel.machine.attention.AttentionKernels;
import io.flinkmistral.kernel.machine.attention.AttentionShape;
import io.flinkmistral.kernel.machine.product.ProductKernels;
import io.flinkmistral.kernel.memory.SpareMemory;
import io.flinkmistral.kernel.packing.BlockRows;
import io.flinkmistral.kernel.packing.PanelPacker;
import io.flinkmistral.kernel.panel.PanelKernel;
import io.flinkmistral.kernel.pool.WorkPool;
import io.flinkmistral.kernel.vector.CompilerDirectives;
import io.flinkmistral.kernel.vector.Lanes;
import io.flinkmistral.kernel.vector.MachineProduct;
import io.flinkmistral.kernel.vector.PackedProduct;
import io.flinkmistral.kernel.vector.PanelKernels;
import io.flinkmistral.kernel.vector.PanelMatrix;
import io.flinkmistral.kernel.vector.PanelProduct;
import io.flinkmistral.kernel.vector.StridedProduct.Format;
import io.flinkmistral.kernel.vector.VectorLanes;
import io.flinkmistral.tensor.DataType;
import io.flinkmistral.tensor.Matrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.stream.Stream;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;

/** Kernels on vectors of 128, 256 or 512 bits: the same bits as {@link ScalarKernels}. */
public final class VectorKernels implements Kernels {
  /** Loops of each width: code, which is made and compiled once. */
  private static final Map<VectorShape, Lanes> LANES = new ConcurrentHashMap<>();

  /** For packing without panel kernels: plain loops, which nobody compiles beforehand. */
  private static final BlockRows.Tiles TILES = new BlockRows.Tiles();

  private final Precision precision;
  private final int bits;
  private final Lanes lanes;
  private final Optional<PanelKernels> panelKernels;
  private final Optional<MachineKernels> machineKernels;
  private final Kernels scalar = new ScalarKernels();
  private final Queue<PanelProduct.Scratch> scratch = new ConcurrentLinkedQueue<>();
  private final SpareMemory memory = new SpareMemory();
  private final MachineProduct.Memory machineMemory =
      new MachineProduct.Memory(new SpareMemory(), memory);
  private final Map<DataType, PanelPacker> packers = new ConcurrentHashMap<>();

  /**
   * @param panelKernels none where there are no vectors of a quarter of the bits, for bytes
   * @param machineKernels where they are alone, weights that they do not take are not packed
   */
  private VectorKernels(
      int bits,
      Precision precision,
      Optional<PanelKernels> panelKernels,
      Optional<MachineKernels> machineKernels) {
    this.precision = precision;
    this.machineKernels = machineKernels;
    this.bits = bits;
    this.lanes = LANES.computeIfAbsent(VectorShape.forBitSize(bits), VectorLanes::ofShape);
    this.panelKernels = panelKernels;
  }

  /** Kernels on vectors of one width that round nothing; see the other method. */
  public static VectorKernels ofWidth(int bits) {
    return ofWidth(bits, Precision.EXACT);
  }

  /** Kernels on vectors of one width, without machine code; see the other method. */
  public static VectorKernels ofWidth(int bits, Precision precision) {
    return of(bits, precision, Optional.empty());
  }

  /**
   * Kernels on vectors of one width, and machine code.
   *
   * @param bits one of {@link #widths}
   * @param machineCode what it is made of, if there is to be any
   */
  static VectorKernels of(int bits, Precision precision, Optional<InstructionSet> machineCode) {
    if (!widths().contains(bits)) {
      throw new IllegalArgumentException(
          "vectors of %d bits: this CPU has kernels for %s".formatted(bits, widths()));
    }
    Optional<PanelKernels> panels =
        bits < KernelChoice.PACKING_BITS
            ? Optional.empty()
            : Optional.of(PanelKernels.of(VectorShape.forBitSize(bits)));
    Optional<MachineKernels> machineKernels =
        machineCode.filter(set -> KernelChoice.takes(bits, set)).map(MachineKernels::new);
    return new VectorKernels(bits, precision, panels, machineKernels);
  }

  /** Bits of the widest vectors of this CPU. */
  static int widest() {
    return widths().getLast();
  }

  /** Bits of the vectors that this CPU can do, the widest last. */
  public static List<Integer> widths() {
    int widest = FloatVector.SPECIES_PREFERRED.vectorBitSize();
    return Stream.of(128, 256, 512).filter(bits -> bits <= widest).toList();
  }

  /** Bits of a vector. */
  public int bits() {
    return bits;
  }

  @Override
  public String description() {
    String vectors = "Java vectors of %d bits".formatted(bits);
    return machineKernels
        .map(code -> "%s, %s for the rest".formatted(code.description(), vectors))
        .orElse(vectors);
  }

  @Override
  public String arithmetic() {
    return precision.arithmetic();
  }

  /**
   * So do those of quantised weights, and others do hardly better, where there are no panels, and
   * no machine code either.
   */
  @Override
  public boolean multipliesInPlainLoops(DataType type) {
    return panelKernels.isEmpty() && !packs(type);
  }

  @Override
  public WeightMatrix prepare(Matrix matrix, SegmentAllocator memory) {
    if (!packs(matrix.type())) {
      return new MatrixView(matrix);
    }
    // Made before products need it, so that what is said of these kernels is true then.
    machineCode(PanelLayout.of(matrix.type().format()));
    return new PanelMatrix(matrix, packer(matrix.type()), memory);
  }

  private PanelPacker packer(DataType type) {
    return packers.computeIfAbsent(
        type,
        _ ->
            panelKernels
                .map(kernels -> kernels.packer(type))
                .orElseGet(() -> new PanelPacker(type, PanelLayout.of(type.format()), TILES)));
  }

  @Override
  public void pack(WeightMatrix weights, WorkPool pool) {
    if (weights instanceof PanelMatrix matrix) {
      matrix.pack(pool);
    }
  }

  /** Whether weights of a type are packed. */
  private boolean packs(DataType type) {
    return (precision == Precision.QUANTIZED || !QuantizedRows.takes(type))
        && (panelKernels.isPresent() || machineCode(PanelLayout.of(type.format())).isPresent());
  }

  @Override
  public void warmUp(PassSize size, Set<DataType> types, CacheReading reading, Executor executor) {
    if (size == PassSize.FIRST) {
      // Without panels most kernels are not compiled here.
      panelKernels.ifPresent(_ -> CompilerDirectives.spareC2());
      executor.execute(this::warmUpLanes);
    }
    List<PanelLayout> packed = layouts(types);
    List<PanelLayout> multiplied =
        packed.stream().filter(layout -> machineCode(layout).isEmpty()).toList();
    panelKernels.ifPresent(kernels -> kernels.warmUp(size, packed, multiplied, reading, executor));
  }

  /**
   * What the first pass would interpret on one thread while the others wait. More calls than the
   * {@code Tier4InvocationThreshold} of 5000, few of which do something: see {@link KernelWarmUp}.
   */
  private void warmUpLanes() {
    float[] a = new float[256];
    float[] b = new float[256];
    for (int i = 0; i < 6000; i++) {
      int n = i % 32 == 0 ? a.length : 0;
      rmsNorm(a, 0, b, n, 1, a, 0);
      swiGlu(a, b, 0, n);
      add(a, 0, b, 0, n);
    }
  }

  private List<PanelLayout> layouts(Set<DataType> types) {
    return types.stream()
        .filter(this::packs)
        .map(DataType::format)
        .map(PanelLayout::of)
        .distinct()
        .toList();
  }

  @Override
  public void multiply(List<Product> products, float[] in, int tokens, WorkPool pool) {
    Map<ProductKernels, List<Product>> byMachineCode = new LinkedHashMap<>();
    List<Product> ofPanels = new ArrayList<>();
    for (Product product : products) {
      MatrixView.checkSizes(product.weights(), in, tokens, product.out());
      if (isOfPanels(product)) {
        PanelLayout layout = ((PanelMatrix) product.weights()).panels().layout();
        machineCode(layout)
            .map(code -> byMachineCode.computeIfAbsent(code, _ -> new ArrayList<>()))
            .orElse(ofPanels)
            .add(product);
      }
    }
    byMachineCode.forEach(
        (code, some) -> new MachineProduct(code, some, in, tokens, machineMemory).run(pool));
    if (!ofPanels.isEmpty()) {
      new PackedProduct(panelKernels.orElseThrow(), ofPanels, in, tokens, memory).run(pool);
    }
    for (Product product : products) {
      // Also if its weights have just turned out not to be finite.
      if (!isOfPanels(product)) {
        multiplyView(product, in, tokens, pool);
      }
    }
  }

  private Optional<ProductKernels> machineCode(PanelLayout layout) {
    return machineKernels.flatMap(kernels -> kernels.of(layout));
  }

  private boolean isOfPanels(Product product) {
    return hasPanels() && product.weights() instanceof PanelMatrix panels && panels.isFinite();
  }

  private boolean hasPanels() {
    return panelKernels.isPresent() || machineKernels.isPresent();
  }

  private void multiplyView(Product product, float[] in, int tokens, WorkPool pool) {
    float[] out = product.out();
    Matrix matrix =
        hasPanels() && product.weights() instanceof PanelMatrix panels
            ? panels.matrix()
            : MatrixView.of(product.weights(), in, tokens, out);
    multiplyView(matrix, in, tokens, out, pool);
  }

  private void multiplyView(Matrix matrix, float[] in, int tokens, float[] out, WorkPool pool) {
    if (precision == Precision.QUANTIZED && QuantizedRows.takes(matrix.type())) {
      QuantizedRows.multiply(matrix, in, tokens, out, pool);
    } else {
      PanelProduct product = new PanelProduct(lanes, matrix, in, tokens, out, scratch);
      pool.run(product.panels(), product::compute);
    }
  }

  @Override
  public void dequantizeRow(Matrix matrix, int row, float[] out, int outOffset) {
    MatrixRows.read(matrix, row, out, outOffset);
  }

  @Override
  public void rmsNorm(
      float[] in, int inOffset, float[] weight, int n, float epsilon, float[] out, int outOffset) {
    float factor = RmsNorm.factor(lanes.sumOfSquares(in, inOffset, n), n, epsilon);
    lanes.scaleBy(in, inOffset, factor, weight, n, out, outOffset);
  }

  @Override
  public void swiGlu(float[] gate, float[] up, int offset, int n) {
    lanes.swiGlu(gate, up, offset, n);
  }

  @Override
  public void add(float[] target, int targetOffset, float[] source, int sourceOffset, int n) {
    lanes.add(target, targetOffset, source, sourceOffset, n);
  }

  @Override
  public void addScaled(
      float factor, float[] source, int sourceOffset, float[] target, int targetOffset, int n) {
    lanes.addScaled(factor, source, sourceOffset, target, targetOffset, n);
  }

  @Override
  public void scale(float factor, float[] target, int offset, int n) {
    lanes.scale(factor, target, offset, n);
  }

  @Override
  public float max(float[] values, int offset, int n) {
    return lanes.max(values, offset, n);
  }

  @Override
  public float expSum(float[] values, int offset, int n, float max, int firstLane) {
    return lanes.expSum(values, offset, n, max, firstLane);
  }

  @Override
  public int panelInputs(int count) {
    return panelKernels
        .map(kernels -> kernels.of(PanelLayout.FLOAT).counts().nextFull(count))
        .orElseGet(() -> scalar.panelInputs(count));
  }

  @Override
  public void addPanel(
      MemorySegment panel, int columns, int[] in, int offset, int tokens, MemorySegment out) {
    if (panelKernels.isPresent()) {
      panelKernels
          .get()
          .of(PanelLayout.FLOAT)
          .kernel(tokens)
          .multiply(
              PanelKernel.Places.one(panel.address()),
              in,
              offset,
              offset + columns * tokens,
              PanelKernel.Places.one(out.address()),
              0);
    } else {
      scalar.addPanel(panel, columns, in, offset, tokens, out);
    }
  }

  @Override
  public void addInPlace(
      NumbersInPlace panel, int columns, int rows, int[] in, int offset, MemorySegment out) {
    panelKernels.ifPresentOrElse(
        kernels -> kernels.product(Format.of(panel)).add(panel, columns, rows, in, offset, out),
        () -> scalar.addInPlace(panel, columns, rows, in, offset, out));
  }

  @Override
  public Optional<AttentionKernels> attention(AttentionShape shape) {
    return machineKernels.flatMap(kernels -> kernels.attention(shape));
  }

  @Override
  public void widenHalves(Strided in, Strided out, int rows, int count) {
    panelKernels.ifPresentOrElse(
        kernels -> kernels.halfWidener().widen(in, out, rows, count),
        () -> scalar.widenHalves(in, out, rows, count));
  }

  @Override
  public void widenBytes(
      Strided in, Strided out, int rows, int count, float[] scales, boolean ofRows) {
    lanes.widenBytes(in, out, rows, count, scales, ofRows);
  }
}

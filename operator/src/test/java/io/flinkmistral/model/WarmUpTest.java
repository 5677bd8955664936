package io.flinkmistral.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.cache.page.KvType;
import io.flinkmistral.kernel.Kernels;
import io.flinkmistral.kernel.ScalarKernels;
import io.flinkmistral.kernel.VectorKernels;
import io.flinkmistral.kernel.bytecode.CacheReading;
import io.flinkmistral.kernel.bytecode.PassSize;
import io.flinkmistral.kernel.layout.WeightMatrix;
import io.flinkmistral.kernel.pool.WorkPool;
import io.flinkmistral.model.pass.SequenceInput;
import io.flinkmistral.tensor.DataType;
import io.flinkmistral.weights.LoadListener;
import io.flinkmistral.weights.RopeLayout;
import io.flinkmistral.weights.TransformerConfig;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A large model's first passes; the model here is small, and is said to be large. */
class WarmUpTest {
  /** Seven matrices of each of two layers, and the output. */
  private static final int MATRICES = 15;

  private static final RandomModel MODEL =
      RandomModel.of(RopeLayout.INTERLEAVED, OptionalInt.of(9));

  private final WorkPool pool = WorkPool.of(2);
  private final List<WeightMatrix> packed = new ArrayList<>();
  private final List<String> heard = new ArrayList<>();
  private CountDownLatch compilersAreFree = new CountDownLatch(0);

  /** Keeps those who compile for a while, or until it is counted down. */
  private volatile CountDownLatch compilersAreSlow = new CountDownLatch(0);

  private final List<PassSize> compiled = new CopyOnWriteArrayList<>();
  private final List<Object> readings = new CopyOnWriteArrayList<>();

  /** Of each product, what was compiled before. */
  private final List<List<PassSize>> compiledBeforeProducts = new CopyOnWriteArrayList<>();

  private final LoadListener listener =
      new LoadListener() {
        @Override
        public void prepared(int layers, int ofLayers) {
          heard.add("%d of %d after %d".formatted(layers, ofLayers, packed.size()));
        }
      };

  @AfterEach
  void closePool() {
    pool.close();
  }

  @Test
  void theFirstPassPacksNothingAndTheNextTwoAll() {
    Transformer transformer = transformer(new ScalarKernels(), packed::add);
    try (KvCache cache = MODEL.cache(KvType.F16)) {
      pass(transformer, cache, 1);
      assertThat(packed).isEmpty();
      pass(transformer, cache, 2);
      assertThat(packed).hasSize(8);
      pass(transformer, cache, 3);
      assertThat(packed).hasSize(MATRICES).doesNotHaveDuplicates();
      pass(transformer, cache, 4);
      assertThat(packed).hasSize(MATRICES);
    }
    assertThat(heard).containsExactly("1 of 2 after 7", "2 of 2 after 14");
  }

  @Test
  void withoutPassesAllIsPackedStepByStep() {
    Transformer transformer = transformer(new ScalarKernels(), packed::add);
    assertThat(transformer.prepareNext()).isTrue();
    assertThat(compiled).containsExactly(PassSize.FIRST, PassSize.MANY);
    assertThat(packed).isEmpty();
    for (int step = 1; step <= MATRICES; step++) {
      assertThat(transformer.prepareNext()).isTrue();
      assertThat(packed).hasSize(step);
    }
    assertThat(transformer.prepareNext()).isFalse();
    assertThat(packed).hasSize(MATRICES).doesNotHaveDuplicates();
  }

  @Test
  void atFullSpeedAllIsPackedAndCompiled() throws InterruptedException {
    Transformer transformer = transformer(new ScalarKernels(), packed::add);
    transformer.awaitFullSpeed();
    assertThat(packed).hasSize(MATRICES);
    assertThat(compiled).containsExactly(PassSize.FIRST, PassSize.MANY, PassSize.FEW);
  }

  @Test
  void aPromptWaitsForItsKernelsAndAFewTokensDoNot() throws InterruptedException {
    for (int tokens : new int[] {1, 4, 5, 40}) {
      compiled.clear();
      compiledBeforeProducts.clear();
      Transformer transformer = transformer(new ScalarKernels(), packed::add);
      try (KvCache cache = MODEL.cache(KvType.F16)) {
        transformer.forward(
            List.of(new SequenceInput(cache, MODEL.tokens(1, tokens), SequenceInput.Wanted.LAST)));
      }
      assertThat(compiledBeforeProducts.getFirst())
          .as("%d tokens", tokens)
          .isEqualTo(tokens < 5 ? List.of(PassSize.FIRST) : List.of(PassSize.FIRST, PassSize.MANY));
      transformer.awaitFullSpeed();
      assertThat(compiled).containsExactly(PassSize.FIRST, PassSize.MANY, PassSize.FEW);
    }
  }

  /** A pass that did not wait would be over before its kernels are compiled. */
  @Test
  void kernelsAreAwaitedByTheFirstPassAndNotBefore() throws InterruptedException {
    compilersAreFree = new CountDownLatch(1);
    Transformer transformer = transformer(new ScalarKernels(), packed::add);
    assertThat(compiled).isEmpty();
    compilersAreSlow = new CountDownLatch(1);
    compilersAreFree.countDown();
    try (KvCache cache = MODEL.cache(KvType.F16)) {
      pass(transformer, cache, 1);
    }
    compilersAreSlow.countDown();
    assertThat(compiledBeforeProducts).isNotEmpty().allMatch(before -> !before.isEmpty());
    transformer.awaitFullSpeed();
  }

  /** So that only what reads in place is compiled first, and panels' kernels wait for a prompt. */
  @Test
  void groupsOfFourHeadsReadKeysAndValuesInPlace() {
    RandomModel ofFour =
        RandomModel.of(
            new TransformerConfig(
                32, 2, 8, 2, 32, 40, 64, 1e-5f, 1e4, RopeLayout.HALVES, OptionalInt.empty(), 64),
            16);
    assertThat(reading(ofFour, KvType.F16)).isEqualTo(new CacheReading.InPlace(DataType.F16));
    assertThat(reading(ofFour, KvType.Q8_0)).isEqualTo(new CacheReading.InPlace(DataType.Q8_0));
    assertThat(reading(ofFour, KvType.F32)).isEqualTo(new CacheReading.ByPanels());
    assertThat(reading(MODEL, KvType.F16)).isEqualTo(new CacheReading.ByPanels());
  }

  private Object reading(RandomModel model, KvType type) {
    readings.clear();
    model.packedLater(recording(new ScalarKernels(), packed::add), type, pool, listener);
    return readings.getFirst();
  }

  @Test
  void aSmallModelCompilesNothingAhead() throws InterruptedException {
    MODEL
        .transformer(recording(new ScalarKernels(), packed::add), KvType.F16, pool)
        .awaitFullSpeed();
    assertThat(compiled).isEmpty();
  }

  @Test
  void aSmallModelIsPackedBeforeTheFirstPass() {
    MODEL.transformer(recording(new ScalarKernels(), packed::add), KvType.F16, pool);
    assertThat(packed).hasSize(MATRICES);
  }

  @Test
  void whatCouldNotBePackedIsTriedAgain() {
    List<WeightMatrix> failed = new ArrayList<>();
    Transformer transformer =
        transformer(
            new ScalarKernels(),
            matrix -> {
              if (failed.isEmpty()) {
                failed.add(matrix);
                throw new IllegalStateException("the disk is gone");
              }
              packed.add(matrix);
            });
    transformer.prepareNext();
    assertThatThrownBy(transformer::prepareNext).hasMessage("the disk is gone");
    assertThat(transformer.prepareNext()).isTrue();
    assertThat(packed).isEqualTo(failed);
  }

  @Test
  void logitsAreTheSameBitsBeforeDuringAndAfterPacking() {
    float[][] expected = new float[5][];
    try (KvCache cache = MODEL.cache(KvType.F16)) {
      Transformer small = MODEL.transformer(new ScalarKernels(), KvType.F16, pool);
      for (int t = 0; t < expected.length; t++) {
        expected[t] = pass(small, cache, t);
      }
    }
    for (int bits : VectorKernels.widths()) {
      packed.clear();
      Transformer transformer = transformer(VectorKernels.ofWidth(bits), packed::add);
      try (KvCache cache = MODEL.cache(KvType.F16)) {
        for (int t = 0; t < expected.length; t++) {
          assertThat(pass(transformer, cache, t))
              .as("%d bits, pass %d, %d packed", bits, t, packed.size())
              .isEqualTo(expected[t]);
        }
      }
      assertThat(packed).hasSize(MATRICES);
    }
  }

  private Transformer transformer(Kernels kernels, Consumer<WeightMatrix> onPack) {
    return MODEL.packedLater(recording(kernels, onPack), KvType.F16, pool, listener);
  }

  private static float[] pass(Transformer transformer, KvCache cache, int token) {
    SequenceInput input = new SequenceInput(cache, new int[] {token}, SequenceInput.Wanted.LAST);
    return transformer.forward(List.of(input)).row(0);
  }

  private void compile(PassSize size) {
    try {
      compilersAreFree.await();
      compilersAreSlow.await(200, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    compiled.add(size);
  }

  /** Kernels that tell before they pack, and are said to be compiled when they are not. */
  private Kernels recording(Kernels kernels, Consumer<WeightMatrix> onPack) {
    return (Kernels)
        Proxy.newProxyInstance(
            Kernels.class.getClassLoader(),
            new Class<?>[] {Kernels.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("warmUp")) {
                readings.add(arguments[2]);
                ((Executor) arguments[3]).execute(() -> compile((PassSize) arguments[0]));
                return null;
              }
              if (method.getName().equals("multiply")) {
                compiledBeforeProducts.add(List.copyOf(compiled));
              }
              if (method.getName().equals("pack")) {
                onPack.accept((WeightMatrix) arguments[0]);
              }
              try {
                return method.invoke(kernels, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }
}

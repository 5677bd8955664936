package io.flinkmistral.kernel.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.kernel.bytecode.CacheReading;
import io.flinkmistral.kernel.bytecode.GeneratedCode;
import io.flinkmistral.kernel.bytecode.PassSize;
import io.flinkmistral.kernel.layout.PanelLayout;
import io.flinkmistral.tensor.DataType;
import java.lang.classfile.CodeBuilder;
import java.lang.invoke.MethodHandles;
import java.util.ArrayList;
import java.util.List;
import jdk.incubator.vector.VectorShape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PanelKernelsTest {
  /** Also those of vectors that this CPU has not. */
  @ParameterizedTest
  @EnumSource(
      value = VectorShape.class,
      names = {"S_256_BIT", "S_512_BIT"})
  void eachKernelIsShortEnoughToBeCompiled(VectorShape shape) {
    PanelKernels kernels = PanelKernels.of(shape);
    for (PanelLayout layout : PanelLayout.values()) {
      for (int tokens : kernels.tokens(layout)) {
        assertThat(kernels.of(layout).kernel(tokens).constants().tokens()).isEqualTo(tokens);
      }
    }
  }

  @Test
  void panelsOfFloatsAreCompiledFirstOnlyWhereAttentionTakesThem() {
    List<PanelLayout> used = List.of(PanelLayout.BYTE);
    PanelKernels inPlace = new PanelKernels(VectorShape.S_256_BIT);
    List<Runnable> tasks = new ArrayList<>();
    inPlace.warmUp(PassSize.FIRST, used, used, new CacheReading.InPlace(DataType.F16), tasks::add);
    assertThat(tasks).as("tiles, the product in place, one of bytes").hasSize(3);
    for (PassSize later : List.of(PassSize.MANY, PassSize.FEW)) {
      int before = tasks.size();
      inPlace.warmUp(later, used, used, new CacheReading.InPlace(DataType.F16), tasks::add);
      assertThat(tasks.size()).as("%s", later).isGreaterThan(before);
      assertThat(queriesAtOnce(inPlace)).isEqualTo(4);
    }

    PanelKernels ofPanels = new PanelKernels(VectorShape.S_256_BIT);
    List<Runnable> ofPanelsTasks = new ArrayList<>();
    for (PassSize size : List.of(PassSize.FIRST, PassSize.MANY, PassSize.FEW)) {
      ofPanels.warmUp(size, used, used, new CacheReading.ByPanels(), ofPanelsTasks::add);
      assertThat(queriesAtOnce(ofPanels)).as("until one is compiled").isEqualTo(1);
    }
    assertThat(ofPanelsTasks).as("but the product in place").hasSize(tasks.size() - 1);
  }

  @Test
  void productsThatAreComputedElsewhereAreNotCompiled() {
    PanelKernels kernels = new PanelKernels(VectorShape.S_256_BIT);
    List<PanelLayout> packed = List.of(PanelLayout.NIBBLE, PanelLayout.SIX);
    List<Runnable> tasks = new ArrayList<>();
    kernels.warmUp(
        PassSize.FIRST, packed, List.of(), new CacheReading.InPlace(DataType.F16), tasks::add);
    assertThat(tasks).as("tiles, the product in place").hasSize(2);
    PanelKernels all = new PanelKernels(VectorShape.S_256_BIT);
    List<Runnable> allTasks = new ArrayList<>();
    all.warmUp(
        PassSize.FIRST, packed, packed, new CacheReading.InPlace(DataType.F16), allTasks::add);
    assertThat(allTasks).as("and a product of each").hasSize(4);
  }

  private static int queriesAtOnce(PanelKernels kernels) {
    return kernels.of(PanelLayout.FLOAT).counts().nextFull(4);
  }

  @Test
  void codeThatHotSpotWouldNotCompileIsRefused() {
    assertThatThrownBy(
            () ->
                GeneratedCode.of(
                    MethodHandles.lookup(),
                    Runnable.class,
                    PanelKernelsTest.class.getName() + "Copy",
                    VectorShape.S_256_BIT,
                    PanelKernelsTest::writeTooMuch))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("run is of 8001 bytes");
  }

  private static void writeTooMuch(CodeBuilder code) {
    for (int i = 0; i < 8000; i++) {
      code.nop();
    }
    code.return_();
  }
}

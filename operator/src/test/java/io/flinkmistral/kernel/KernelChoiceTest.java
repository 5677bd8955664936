package io.flinkmistral.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.flinkmistral.kernel.machine.Host;
import io.flinkmistral.kernel.machine.InstructionSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class KernelChoiceTest {
  private static final Host OLD = new Host(Set.of(InstructionSet.AVX2), "its CPU is old");
  private static final Host HARDENED = new Host(Set.of(), "code is forbidden");

  @Test
  void namesAreThoseOfOptions() {
    assertThat(KernelChoice.names())
        .containsExactly("auto", "avx512-vnni", "avx-vnni", "avx2", "neon-dotprod", "vector");
    for (KernelChoice choice : KernelChoice.values()) {
      assertThat(KernelChoice.ofName(choice.optionName())).isEqualTo(choice);
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> KernelChoice.ofName("sse"))
        .withMessage(
            "there are no kernels sse, but auto, avx512-vnni, avx-vnni, avx2, neon-dotprod,"
                + " vector");
  }

  @Test
  void theFastestIsTakenWhereNoneIsNamed() {
    Optional<InstructionSet> fastest = Host.get().instructionSets().stream().findFirst();
    assertThat(KernelChoice.AUTO.on(Host.get(), 512)).isEqualTo(fastest);
    assertThat(KernelChoice.VECTOR.on(Host.get(), 512)).isEmpty();
    assertThat(KernelChoice.AUTO.on(HARDENED, 512)).isEmpty();
  }

  @Test
  void eachThatThisHostHasCanBeNamed() {
    for (InstructionSet set : Host.get().instructionSets()) {
      KernelChoice choice = KernelChoice.valueOf(set.name());
      assertThat(choice.on(Host.get(), 512)).contains(set);
      Kernels kernels = Kernels.best(Precision.QUANTIZED, choice);
      assertThat(kernels.description()).startsWith(choice.optionName() + " machine code for ");
      assertThat(kernels.arithmetic())
          .isEqualTo(Kernels.best(Precision.QUANTIZED, KernelChoice.VECTOR).arithmetic());
    }
  }

  @Test
  void oneThatTheHostHasNotIsRefusedByName() {
    for (KernelChoice choice : List.of(KernelChoice.AVX512_VNNI, KernelChoice.AVX_VNNI)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> choice.on(OLD, 512))
          .withMessage(
              "kernels %s are not for this host: its CPU is old; take auto"
                  .formatted(choice.optionName()));
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> KernelChoice.AVX2.on(HARDENED, 512))
        .withMessageContaining("code is forbidden");
  }

  /** It is not dropped in silence. */
  @Test
  void oneThatJavasVectorsAreTooNarrowForIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> KernelChoice.AVX2.on(OLD, 128))
        .withMessageContainingAll("kernels avx2", "256 bits or more, and this JVM has 128", "auto");
    assertThat(KernelChoice.AUTO.on(OLD, 128)).isEmpty();
    assertThat(KernelChoice.VECTOR.on(OLD, 128)).isEmpty();
    assertThat(KernelChoice.AVX2.on(OLD, 256)).contains(InstructionSet.AVX2);
  }

  /** Those of AArch64 have none of 256 bits. */
  @Test
  void machineCodeOfNarrowVectorsTakesNarrowOnes() {
    Host arm = new Host(Set.of(InstructionSet.NEON_DOTPROD), "its CPU is an AArch64 one");
    assertThat(KernelChoice.AUTO.on(arm, 128)).contains(InstructionSet.NEON_DOTPROD);
    assertThat(KernelChoice.NEON_DOTPROD.on(arm, 128)).contains(InstructionSet.NEON_DOTPROD);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> KernelChoice.AVX2.on(arm, 128))
        .withMessageContaining("kernels avx2 are not for this host: its CPU is an AArch64 one");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> KernelChoice.NEON_DOTPROD.on(OLD, 256))
        .withMessageContaining("kernels neon-dotprod are not for this host: its CPU is old");
  }
}

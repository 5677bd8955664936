package io.flinkmistral.kernel.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WeightMemoryTest {
  private static final long LINE = 64;

  @Test
  void eachIsWholeAndBeginsWithACacheLine() {
    try (Arena arena = Arena.ofShared()) {
      WeightMemory memory = new WeightMemory(arena);
      List<MemorySegment> all = new ArrayList<>();
      for (long bytes : new long[] {1, 64, 65, 200L << 20, 100L << 20, 300L << 20, 7, 0, 128}) {
        MemorySegment segment = memory.allocate(bytes);
        assertThat(segment.byteSize()).isEqualTo(bytes);
        assertThat(segment.address() % LINE).isZero();
        all.add(segment);
      }
      for (MemorySegment one : all) {
        for (MemorySegment other : all) {
          assertThat(one == other || one.asOverlappingSlice(other).isEmpty()).isTrue();
        }
      }
      all.getFirst().fill((byte) 1);
      assertThat(all.get(1).mismatch(MemorySegment.ofArray(new byte[64]))).isEqualTo(-1);
    }
  }

  @Test
  void itGoesWithItsArena() {
    Arena arena = Arena.ofShared();
    MemorySegment segment = new WeightMemory(arena).allocate(100);
    assertThat(segment.scope().isAlive()).isTrue();
    arena.close();
    assertThat(segment.scope().isAlive()).isFalse();
  }

  @Test
  void refusesAlignmentsThatItDoesNotKeep() {
    try (Arena arena = Arena.ofShared()) {
      assertThatThrownBy(() -> new WeightMemory(arena).allocate(100, 4096))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("4096");
    }
  }
}

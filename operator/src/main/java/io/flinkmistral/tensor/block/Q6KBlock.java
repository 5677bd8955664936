package io.flinkmistral.tensor.block;

import io.flinkmistral.tensor.format.Bytes;
import io.flinkmistral.tensor.format.CodeFormat;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * 256 numbers of 6 bits in 16 groups of 16 (ggml-common.h, block_q6_K): number = d * scale * (q -
 * 32), with the group's own scale, a signed byte.
 *
 * <pre>
 *  0                    128                  192                208    210
 * +--------------------+--------------------+------------------+------+
 * | l: low 4 bits of q | h: high 2 bits     | s: byte g =      | d    |
 * |    2 x 64 bytes    |    2 x 32 bytes    |    scale g       |      |
 * +--------------------+--------------------+------------------+------+
 *
 * number n = 128 x + 32 p + i (x of 2, p of 4, i of 32)
 *   low bits: l[64 x + 32 (p % 2) + i], low half for p below 2, high half from 2 on
 *   high bits: bits 2 p and 2 p + 1 of h[32 x + i]
 * </pre>
 *
 * d is half precision.
 */
public final class Q6KBlock extends CodeFormat {
  public Q6KBlock() {
    super(256, 210, 6, 16);
  }

  @Override
  public int scaleAt() {
    return 208;
  }

  /** The q of number {@code n}, less 32. */
  @Override
  public int code(MemorySegment source, long block, int n) {
    int x = n / 128;
    int p = n % 128 / 32;
    int i = n % 32;
    int low = Bytes.unsigned8(source, block + 64 * x + 32 * (p % 2) + i) >> p / 2 * 4 & 0xF;
    int high = Bytes.unsigned8(source, block + 128 + 32 * x + i) >> 2 * p & 3;
    return (low | high << 4) - 32;
  }

  @Override
  public int groupScale(MemorySegment source, long block, int group) {
    return Bytes.signed8(source, block + 192 + group);
  }

  @Override
  public Optional<BlockQuantizer> quantizer() {
    return Optional.of(Q6KQuantizer::quantize);
  }
}

package io.flinkmistral.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.kernel.layout.PanelLayout;
import io.flinkmistral.kernel.packing.BlockPacker;
import io.flinkmistral.tensor.DataType;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What kernels make of each format: its layout, what inputs are rounded to, its own packer. */
class PanelLayoutTest {
  /** A format that is served in another way is faster or slower, or gives other bits. */
  @Test
  void eachFormatIsServedAsBefore() {
    String table =
        Arrays.stream(DataType.values())
            .map(PanelLayoutTest::line)
            .collect(Collectors.joining("\n", "", "\n"));
    assertThat(table)
        .isEqualTo(
            """
            F32    FLOAT         4 bytes of   1 columns, kept, inputs exact, packer of its kind
            F16    HALF          2 bytes of   1 columns, kept, inputs exact, packer of its kind
            Q4_0   NIBBLE       18 bytes of  32 columns, kept, inputs of 8 bits, packer of its own
            Q4_1   NIBBLE_ADD   20 bytes of  32 columns, kept, inputs of 8 bits, packer of its own
            Q5_0   FIVE         22 bytes of  32 columns, kept, inputs of 8 bits, packer of its own
            Q5_1   FIVE_ADD     24 bytes of  32 columns, kept, inputs of 8 bits, packer of its own
            Q8_0   BYTE         34 bytes of  32 columns, kept, inputs of 8 bits, packer of its own
            Q2_K   TWO         100 bytes of 256 columns, kept, inputs of 8 bits, packer of its own
            Q3_K   THREE       146 bytes of 256 columns, kept, inputs of 8 bits, packer of its own
            Q4_K   NIBBLE_MIN  148 bytes of 256 columns, kept, inputs of 8 bits, packer of its own
            Q5_K   FIVE_MIN    180 bytes of 256 columns, kept, inputs of 8 bits, packer of its own
            Q6_K   SIX         210 bytes of 256 columns, kept, inputs of 8 bits, packer of its own
            IQ4_NL BYTE         34 bytes of  32 columns, kept, inputs of 8 bits, packer of its kind
            IQ4_XS SCALED_BYTE  35 bytes of  32 columns, kept, inputs of 8 bits, packer of its kind
            BF16   BFLOAT        2 bytes of   1 columns, kept, inputs exact, packer of its kind
            """);
  }

  private static String line(DataType type) {
    PanelLayout layout = PanelLayout.of(type.format());
    return "%-6s %-11s %3d bytes of %3d columns, %s, inputs %s, %s"
        .formatted(
            type,
            layout,
            layout.blockBytes() / PanelLayout.ROWS,
            layout.blockColumns(),
            layout.widens(type.format()) ? "made anew" : "kept",
            QuantizedRows.takes(type) ? "of 8 bits" : "exact",
            BlockPacker.hasOwn(type) ? "packer of its own" : "packer of its kind");
  }
}

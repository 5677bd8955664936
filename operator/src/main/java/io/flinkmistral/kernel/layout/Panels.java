package io.flinkmistral.kernel.layout;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/**
 * A repacked copy of a matrix.
 *
 * @param data panels one after the other; rows beyond the last are zero
 */
public record Panels(PanelLayout layout, int rows, int columns, MemorySegment data) {
  public static Panels allocate(
      PanelLayout layout, int rows, int columns, SegmentAllocator memory) {
    MemorySegment data = memory.allocate(bytes(layout, rows, columns));
    return new Panels(layout, rows, columns, data);
  }

  /** Bytes of all panels. */
  public static long bytes(PanelLayout layout, int rows, int columns) {
    return Math.ceilDiv(rows, PanelLayout.ROWS) * layout.bytes(columns);
  }

  public int count() {
    return Math.ceilDiv(rows, PanelLayout.ROWS);
  }

  /** Rows of a panel that are the matrix's. */
  public int rowsOf(int panel) {
    return Math.min(PanelLayout.ROWS, rows - panel * PanelLayout.ROWS);
  }

  public long panelBytes() {
    return layout.bytes(columns);
  }

  public MemorySegment panel(int panel) {
    return data.asSlice(panel * panelBytes(), panelBytes());
  }
}

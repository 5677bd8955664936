package io.flinkmistral.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/**
 * A repacked copy of a matrix.
 *
 * @param data panels one after the other; rows beyond the last are zero
 */
record Panels(PanelLayout layout, int rows, int columns, MemorySegment data) {
  static Panels allocate(PanelLayout layout, int rows, int columns, SegmentAllocator memory) {
    MemorySegment data = memory.allocate(bytes(layout, rows, columns));
    return new Panels(layout, rows, columns, data);
  }

  /** Bytes of all panels. */
  static long bytes(PanelLayout layout, int rows, int columns) {
    return Math.ceilDiv(rows, PanelLayout.ROWS) * layout.bytes(columns);
  }

  int count() {
    return Math.ceilDiv(rows, PanelLayout.ROWS);
  }

  /** Rows of a panel that are the matrix's. */
  int rowsOf(int panel) {
    return Math.min(PanelLayout.ROWS, rows - panel * PanelLayout.ROWS);
  }

  long panelBytes() {
    return layout.bytes(columns);
  }

  MemorySegment panel(int panel) {
    return data.asSlice(panel * panelBytes(), panelBytes());
  }
}

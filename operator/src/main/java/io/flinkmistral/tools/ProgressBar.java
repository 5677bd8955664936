package io.flinkmistral.tools;

import io.flinkmistral.weights.LoadListener;
import java.io.PrintStream;

/**
 * Shows progress and warnings on a stream: on a terminal as a bar that grows, elsewhere as a line
 * for each tenth.
 */
final class ProgressBar implements LoadListener {
  private static final int WIDTH = 40;

  private final PrintStream out;
  private final boolean terminal;
  private final String what;
  private long shown = -1;

  ProgressBar(PrintStream out, boolean terminal, String what) {
    this.out = out;
    this.terminal = terminal;
    this.what = what;
  }

  @Override
  public void progress(int tensors, int ofTensors, long bytes, long ofBytes) {
    long percent = ofBytes == 0 ? 100 : (long) (100.0 * bytes / ofBytes);
    long step = terminal ? percent : percent / 10;
    if (step == shown) {
      return;
    }
    shown = step;
    boolean last = percent == 100;
    String text = "%s %3d%% of %s".formatted(what, percent, Sizes.text(ofBytes));
    if (terminal) {
      int filled = (int) (percent * WIDTH / 100);
      out.print("\r[%s%s] %s".formatted("#".repeat(filled), " ".repeat(WIDTH - filled), text));
      out.print(last ? "\n" : "");
    } else {
      out.println(text);
    }
    out.flush();
  }

  @Override
  public void warning(String message) {
    out.println("warning: " + message);
  }
}

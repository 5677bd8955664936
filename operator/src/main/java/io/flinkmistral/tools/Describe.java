package io.flinkmistral.tools;

import io.flinkmistral.weights.ModelFile;
import io.flinkmistral.weights.reader.FileStamps;
import io.flinkmistral.weights.reader.ModelReader;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Says what a model file holds, whether it will run, and how much memory it takes: {@code mvn -q
 * -Pdescribe -Dmodel=FILE}. With {@code -Dfull=true} every weight is read and must be a number.
 */
public final class Describe {
  private static final Command COMMAND =
      Command.of(
          "describe",
          "says what a model file holds, whether it will run, and how much memory it takes.",
          Command.Setting.text("model", "model file or folder"),
          Command.Setting.flag("full", "whether every weight is read (false)"));

  private Describe() {}

  public static void main(String[] args) {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    if (COMMAND.helps(args, out)) {
      return;
    }
    System.exit(run(args, out, System.err, System.console() != null));
  }

  /** Returns the exit code: 0 if the model will run. */
  static int run(String[] args, PrintStream out, PrintStream err, boolean terminal) {
    ProgressBar progress = new ProgressBar(err, terminal, "read");
    try (Arena arena = Arena.ofShared()) {
      COMMAND.check(args);
      Path path = Arguments.path(args, 0, "model", "FILE");
      boolean full = args.length > 1 && Boolean.parseBoolean(args[1]);
      FileStamps stamps = FileStamps.of(path);
      return stamps.reading(() -> describe(path, full, arena, out, progress));
    } catch (IOException e) {
      out.println("will not run: " + e.getMessage());
      return 1;
    } catch (IllegalArgumentException e) {
      err.println(e.getMessage());
      return 1;
    }
  }

  private static int describe(
      Path path, boolean full, Arena arena, PrintStream out, ProgressBar progress)
      throws IOException {
    ModelFile model = ModelReader.open(path, arena, new WarningsOnly(progress));
    ModelReport.lines(model).forEach(out::println);
    if (full) {
      WeightScan scan = WeightScan.of(model, progress);
      scan.lines().forEach(out::println);
      return scan.isSound() ? 0 : 1;
    }
    return 0;
  }
}

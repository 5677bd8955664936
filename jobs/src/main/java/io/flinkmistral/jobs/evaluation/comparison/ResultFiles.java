package io.flinkmistral.jobs.evaluation.comparison;

import io.flinkmistral.jobs.json.QuestionResult;
import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.InvalidRequestException;
import java.io.BufferedReader;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;

/** The results of a run, as the evaluation job has written them. */
public final class ResultFiles {
  private ResultFiles() {}

  /**
   * Reads all results of a folder.
   *
   * @return results by their questions, in an order that does not depend on how they came
   * @throws IOException if there are none, or those of two runs
   */
  public static SortedMap<QuestionKey, QuestionResult> read(String folder) throws IOException {
    return read(folder, QuestionResult::read);
  }

  /**
   * Reads what was recorded of the turns that a run has replayed.
   *
   * @throws IOException if there are none
   */
  public static SortedMap<QuestionKey, QuestionResult> readRecorded(String folder)
      throws IOException {
    return read(folder, QuestionResult::readRecorded);
  }

  private static SortedMap<QuestionKey, QuestionResult> read(
      String folder, Function<byte[], QuestionResult> reader) throws IOException {
    SortedMap<QuestionKey, QuestionResult> results = new TreeMap<>();
    Path path = new Path(folder);
    FileSystem files = path.getFileSystem();
    FileStatus[] parts = files.exists(path) ? files.listStatus(path) : null;
    if (parts == null) {
      throw new FileNotFoundException(folder + ": there is no such folder of results");
    }
    for (FileStatus part : parts) {
      String name = part.getPath().getName();
      if (!part.isDir() && !name.startsWith(".") && !name.startsWith("_")) {
        read(files, part.getPath(), reader, results);
      }
    }
    if (results.isEmpty()) {
      throw new IOException(folder + " has no results: has the job ended?");
    }
    return Collections.unmodifiableSortedMap(results);
  }

  private static void read(
      FileSystem files,
      Path path,
      Function<byte[], QuestionResult> reader,
      Map<QuestionKey, QuestionResult> results)
      throws IOException {
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(files.open(path), StandardCharsets.UTF_8))) {
      int number = 1;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        QuestionResult result = result(path, number++, line, reader);
        if (results.put(new QuestionKey(result.group(), result.id()), result) != null) {
          throw new IOException(
              "%s, line %d: question %s of group %s has a result already: does the folder have those of two runs, or are two questions called the same?"
                  .formatted(
                      path, number - 1, Excerpt.of(result.id()), Excerpt.of(result.group())));
        }
      }
    }
  }

  private static QuestionResult result(
      Path path, int number, String line, Function<byte[], QuestionResult> reader)
      throws IOException {
    try {
      return reader.apply(line.getBytes(StandardCharsets.UTF_8));
    } catch (InvalidRequestException e) {
      throw new IOException(
          "%s, line %d is no result of a question: %s".formatted(path, number, e.getMessage()), e);
    }
  }
}

package io.flinkmistral.jobs.evaluation.benchmark;

import io.flinkmistral.jobs.json.JsonRecord;
import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.InvalidRequestException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MappingIterator;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.csv.CsvMapper;
import tools.jackson.dataformat.csv.CsvReadFeature;

/** The documents of a published file, in their order. */
final class Documents {

  /** Of documents that stand one after the other. */
  private static final JsonMapper JSON =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  private static final CsvMapper CSV =
      CsvMapper.builder().enable(CsvReadFeature.WRAP_AS_ARRAY).build();

  /** The columns of MMLU's files, which do not name them. */
  private static final List<String> COLUMNS = List.of("question", "A", "B", "C", "D", "answer");

  private static final String LABEL = "label";

  /** Is told of each document, until it has enough. */
  interface Reader {
    /**
     * @return whether it wants more
     */
    boolean take(Doc doc, int number) throws IOException;

    /** The same of what stands where a document should be. */
    void broken(String record, int number, InvalidRequestException error) throws IOException;
  }

  private Documents() {}

  /**
   * Reads a file: lines of JSON, whose labels may be in a file beside it; CSV; or one JSON object
   * with a list {@code Data}.
   *
   * @throws IOException if it cannot be read
   */
  static void read(Path file, Reader reader) throws IOException {
    String name = file.getFileName().toString();
    if (name.endsWith(".csv")) {
      readCsv(file, reader);
    } else if (name.endsWith(".json")) {
      readData(file, reader);
    } else {
      readLines(file, reader);
    }
  }

  private static void readLines(Path file, Reader reader) throws IOException {
    List<String> labels = labels(file);
    try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1)) {
      boolean more = true;
      String line = lines.readLine();
      for (int number = 1; more && line != null; number++) {
        if (!line.isBlank()) {
          more = readLine(line.getBytes(StandardCharsets.ISO_8859_1), number, labels, reader);
        }
        line = lines.readLine();
      }
    }
  }

  private static boolean readLine(byte[] line, int number, List<String> labels, Reader reader)
      throws IOException {
    ObjectNode document;
    try {
      document = JsonRecord.read(line);
    } catch (InvalidRequestException e) {
      reader.broken(new String(line, StandardCharsets.UTF_8), number, e);
      return true;
    }
    if (!document.hasNonNull(LABEL) && number <= labels.size()) {
      document.put(LABEL, labels.get(number - 1));
    }
    return reader.take(new Doc(document), number);
  }

  /** Of a file {@code valid.jsonl} they stand in {@code valid-labels.lst}, one a line. */
  private static List<String> labels(Path file) throws IOException {
    String name = file.getFileName().toString();
    Path labels = file.resolveSibling(name.replaceFirst("\\.jsonl$", "") + "-labels.lst");
    return Files.exists(labels)
        ? Files.readAllLines(labels).stream().map(String::strip).toList()
        : List.of();
  }

  private static void readCsv(Path file, Reader reader) throws IOException {
    try (MappingIterator<String[]> rows =
        CSV.readerFor(String[].class).readValues(Files.newBufferedReader(file))) {
      boolean more = true;
      for (int number = 1; more && rows.hasNext(); number++) {
        more = readRow(rows.next(), number, reader);
      }
    } catch (JacksonException e) {
      throw new IOException("%s is no CSV: %s".formatted(file, e.getOriginalMessage()), e);
    }
  }

  private static boolean readRow(String[] values, int number, Reader reader) throws IOException {
    if (values.length != COLUMNS.size()) {
      reader.broken(
          String.join(",", values),
          number,
          new InvalidRequestException(
              "",
              "the row has %d values, but there are %d columns: %s"
                  .formatted(values.length, COLUMNS.size(), String.join(", ", COLUMNS))));
      return true;
    }
    ObjectNode document = JsonRecord.empty();
    for (int i = 0; i < values.length; i++) {
      document.put(COLUMNS.get(i), values[i]);
    }
    return reader.take(new Doc(document), number);
  }

  /** Such a file is too long to be in memory as a whole. */
  private static void readData(Path file, Reader reader) throws IOException {
    try (JsonParser parser = JSON.createParser(file.toFile())) {
      while (parser.nextToken() != null) {
        if (parser.currentToken() == JsonToken.START_ARRAY && "Data".equals(parser.currentName())) {
          readElements(parser, reader);
          return;
        }
        if (parser.currentToken() == JsonToken.START_ARRAY) {
          parser.skipChildren();
        }
      }
    } catch (JacksonException e) {
      throw new IOException("%s is no JSON: %s".formatted(file, e.getOriginalMessage()), e);
    }
    throw new IOException("%s has no list \"Data\" of documents".formatted(file));
  }

  private static void readElements(JsonParser parser, Reader reader) throws IOException {
    boolean more = true;
    for (int number = 1; more && parser.nextToken() != JsonToken.END_ARRAY; number++) {
      JsonNode element = JSON.readTree(parser);
      if (element.isObject()) {
        more = reader.take(new Doc(element), number);
      } else {
        reader.broken(
            element.toString(),
            number,
            new InvalidRequestException(
                "", "it must be an object, but is " + Excerpt.of(element.toString())));
      }
    }
  }
}

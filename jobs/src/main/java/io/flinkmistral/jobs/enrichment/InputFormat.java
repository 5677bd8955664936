package io.flinkmistral.jobs.enrichment;

import io.flinkmistral.enrichment.RecordColumns;
import io.flinkmistral.jobs.json.JsonRecord;
import io.flinkmistral.protocol.InvalidRequestException;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.MappingIterator;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.csv.CsvMapper;
import tools.jackson.dataformat.csv.CsvReadFeature;

/** How the bytes of a record are read. */
sealed interface InputFormat extends Serializable {
  /**
   * The fields of a record.
   *
   * @throws InvalidRequestException where it is not of this format; it says why
   */
  ObjectNode fields(byte[] record);

  /** A record with other fields, which take the place of its own of these names. */
  byte[] row(byte[] record, ObjectNode added);

  /** Names that all records have, where that is known. */
  List<String> names();

  /** Columns of records, for templates. Dead letters are the records that they have. */
  default RecordColumns<InputRecord> columns() {
    return new RecordColumns.Named<>(
        names(), record -> JsonRecord.columns(fields(DeadLetter.record(record.value()))));
  }

  /**
   * JSON objects.
   *
   * @param names that they are to have; none where only a record can say
   */
  record Json(List<String> names) implements InputFormat {
    private static final long serialVersionUID = 1L;

    @Override
    public ObjectNode fields(byte[] record) {
      return JsonRecord.read(record);
    }

    @Override
    public byte[] row(byte[] record, ObjectNode added) {
      return JsonRecord.with(record, added);
    }
  }

  /**
   * Lines of CSV, a record each (RFC 4180, but a text has no line ends).
   *
   * @param names of its columns, in their order
   */
  record Csv(List<String> names) implements InputFormat {
    private static final long serialVersionUID = 1L;

    private static final ObjectReader READER =
        CsvMapper.builder().enable(CsvReadFeature.WRAP_AS_ARRAY).build().readerFor(String[].class);

    @Override
    public ObjectNode fields(byte[] record) {
      String[] values = values(record);
      if (values.length != names.size()) {
        throw new InvalidRequestException(
            "",
            "the line has %d values, but there are %d columns: %s"
                .formatted(values.length, names.size(), String.join(", ", names)));
      }
      ObjectNode fields = JsonRecord.empty();
      for (int i = 0; i < values.length; i++) {
        fields.put(names.get(i), values[i]);
      }
      return fields;
    }

    @Override
    public byte[] row(byte[] record, ObjectNode added) {
      return JsonRecord.write(fields(record).setAll(added));
    }

    private static final String BYTE_ORDER_MARK = "\uFEFF";

    private static String[] values(byte[] record) {
      try {
        String line =
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(record)).toString();
        line = line.startsWith(BYTE_ORDER_MARK) ? line.substring(1) : line;
        try (MappingIterator<String[]> rows = READER.readValues(line)) {
          String[] first = rows.hasNext() ? rows.next() : new String[0];
          if (rows.hasNext()) {
            throw new InvalidRequestException("", "the record has more than one line of CSV");
          }
          return first;
        }
      } catch (CharacterCodingException e) {
        throw new InvalidRequestException("", "the line is no UTF-8");
      } catch (JacksonException e) {
        throw new InvalidRequestException("", "the line is no CSV: " + e.getOriginalMessage());
      }
    }

    /** Whether it is the line of the columns' names, which files may begin with. */
    boolean isHeader(byte[] record) {
      try {
        return List.of(values(record)).equals(names);
      } catch (InvalidRequestException e) {
        return false;
      }
    }
  }

  /** Whether a record is one of the file's own, and none to be enriched. */
  default boolean passesOver(byte[] record) {
    return switch (this) {
      case Json _ -> new String(record, StandardCharsets.ISO_8859_1).isBlank();
      case Csv csv ->
          new String(record, StandardCharsets.ISO_8859_1).isBlank() || csv.isHeader(record);
    };
  }

  /**
   * @param name json or csv
   * @throws IllegalArgumentException where a CSV has no columns
   */
  static InputFormat of(String name, List<String> columns) {
    if (name.equals("json")) {
      return new Json(List.copyOf(columns));
    }
    if (columns.isEmpty()) {
      throw new IllegalArgumentException(
          "option input.columns is missing: it names the columns of a CSV, separated by"
              + " semicolons");
    }
    return new Csv(List.copyOf(columns));
  }

  /** Columns of any record, empty ones for one without bytes: what a prompt has without a text. */
  static RecordColumns<InputRecord> orNothing(
      RecordColumns<InputRecord> columns, Map<String, String> nothing) {
    return new RecordColumns.Named<>(
        columns.names(), record -> record.value() == null ? nothing : columns.of(record));
  }
}

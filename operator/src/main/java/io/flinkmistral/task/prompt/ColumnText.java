package io.flinkmistral.task.prompt;

import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.NearestNames;
import java.math.BigDecimal;
import java.time.temporal.TemporalAccessor;
import java.time.temporal.TemporalAmount;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * A column's value as a text that is the same for equal values, whatever else is in the process:
 * numbers, dates and the like as Java writes them, lists and maps as JSON, and nothing for null.
 */
public final class ColumnText {
  private static final JsonMapper JSON = JsonMapper.shared();

  private ColumnText() {}

  /**
   * The texts of some columns.
   *
   * @throws InvalidRequestException where the row has no such column, or its value has no text
   */
  public static Map<String, String> of(Collection<String> columns, Map<String, ?> row) {
    Map<String, String> texts = new LinkedHashMap<>();
    for (String column : columns) {
      Object value = row.get(column);
      if (value == null && !row.containsKey(column)) {
        throw new InvalidRequestException(
            column,
            "the record has no column \"%s\"%s"
                .formatted(Excerpt.of(column), NearestNames.question("", column, row.keySet())));
      }
      texts.put(column, text(column, value));
    }
    return texts;
  }

  private static String text(String column, Object value) {
    return switch (value) {
      case null -> "";
      case BigDecimal number -> number.toPlainString();
      case CharSequence _, Character _, Number _, Boolean _ -> value.toString();
      case TemporalAccessor _, TemporalAmount _, UUID _, Enum<?> _ -> value.toString();
      case List<?> _, Map<?, ?> _ -> json(column, value);
      default ->
          throw new InvalidRequestException(
              column,
              "column \"%s\" is of type %s, which has no text: make it a text before"
                  .formatted(Excerpt.of(column), value.getClass().getTypeName()));
    };
  }

  private static String json(String column, Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JacksonException e) {
      throw new InvalidRequestException(
          column,
          "column \"%s\" cannot be written as JSON: %s"
              .formatted(Excerpt.of(column), e.getOriginalMessage()));
    }
  }
}

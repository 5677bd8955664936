package io.flinkmistral.table.row;

import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.NearestNames;
import io.flinkmistral.protocol.Role;
import io.flinkmistral.protocol.SamplingParams;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.catalog.ResolvedSchema;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.types.Row;

/**
 * The columns of a table of prompts, by their names.
 *
 * @param places of those that the table has
 */
public record PromptColumns(Map<Name, Integer> places) implements Serializable {
  private static final long serialVersionUID = 1L;

  /** What a column is, and has. */
  enum Name {
    CONVERSATION_ID("STRING"),
    REQUEST_ID("STRING"),
    PROMPT("STRING"),
    SYSTEM("STRING"),
    MAX_TOKENS("INT"),
    TEMPERATURE("DOUBLE"),
    TOP_P("DOUBLE"),
    SEED("BIGINT"),
    RESET("BOOLEAN");

    private static final List<Name> REQUIRED = List.of(CONVERSATION_ID, REQUEST_ID, PROMPT);

    private final String type;

    Name(String type) {
      this.type = type;
    }

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }

    static List<String> words() {
      return Stream.of(values()).map(Name::word).toList();
    }

    private boolean isOf(LogicalType given) {
      return switch (type) {
        case "STRING" -> given.is(LogicalTypeFamily.CHARACTER_STRING);
        case "BOOLEAN" -> given.is(LogicalTypeRoot.BOOLEAN);
        case "DOUBLE" -> given.is(LogicalTypeFamily.NUMERIC);
        case "INT" ->
            given.isAnyOf(
                LogicalTypeRoot.TINYINT, LogicalTypeRoot.SMALLINT, LogicalTypeRoot.INTEGER);
        default -> given.is(LogicalTypeFamily.INTEGER_NUMERIC);
      };
    }
  }

  /**
   * @throws ValidationException if one is missing, of another type, or none of these
   */
  public static PromptColumns of(ResolvedSchema table) {
    EnumMap<Name, Integer> places = new EnumMap<>(Name.class);
    List<String> names = table.getColumnNames();
    for (int i = 0; i < names.size(); i++) {
      Name name = name(names.get(i));
      LogicalType type = table.getColumnDataTypes().get(i).getLogicalType();
      if (!name.isOf(type)) {
        throw new ValidationException(
            "column %s of the prompts is of type %s, but must be %s"
                .formatted(name.word(), Excerpt.of(type.asSummaryString()), name.type));
      }
      places.put(name, i);
    }
    for (Name required : Name.REQUIRED) {
      if (!places.containsKey(required)) {
        throw new ValidationException(
            "the table of prompts has no column %s; it may have %s"
                .formatted(required.word(), String.join(", ", Name.words())));
      }
    }
    return new PromptColumns(places);
  }

  private static Name name(String column) {
    int place = Name.words().indexOf(column);
    if (place < 0) {
      throw new ValidationException(
          "column %s of the prompts has no meaning%s; they may have %s"
              .formatted(
                  Excerpt.of(column),
                  NearestNames.question("", column, Name.words()),
                  String.join(", ", Name.words())));
    }
    return Name.values()[place];
  }

  /** The text of a column; empty for NULL. */
  String text(Row row, Name name) {
    Object value = value(row, name);
    return value == null ? "" : value.toString();
  }

  private Object value(Row row, Name name) {
    Integer place = places.get(name);
    return place == null ? null : row.getField(place);
  }

  /**
   * What a row asks; NULL is as if there were no such column.
   *
   * @throws InvalidRequestException if it asks for what there cannot be
   */
  CompletionRequest request(Row row) {
    for (Name required : Name.REQUIRED) {
      if (text(row, required).isEmpty()) {
        throw new InvalidRequestException(
            required.word(), "%s is NULL or empty".formatted(required.word()));
      }
    }
    List<ChatMessage> messages = new ArrayList<>();
    if (!text(row, Name.SYSTEM).isEmpty()) {
      messages.add(new ChatMessage(Role.SYSTEM, text(row, Name.SYSTEM)));
    }
    messages.add(new ChatMessage(Role.USER, text(row, Name.PROMPT)));
    Number seed = (Number) value(row, Name.SEED);
    CompletionRequest.Builder request =
        CompletionRequest.of(text(row, Name.REQUEST_ID), text(row, Name.CONVERSATION_ID))
            .messages(messages)
            .sampling(
                new SamplingParams(
                    number(row, Name.TEMPERATURE, 0),
                    number(row, Name.TOP_P, 1),
                    0,
                    0,
                    seed == null ? OptionalLong.empty() : OptionalLong.of(seed.longValue())))
            .reset(Boolean.TRUE.equals(value(row, Name.RESET)));
    if (value(row, Name.MAX_TOKENS) instanceof Number most) {
      request.maxTokens(most.intValue());
    }
    return request.build();
  }

  private double number(Row row, Name name, double absent) {
    return value(row, name) instanceof Number number ? number.doubleValue() : absent;
  }
}

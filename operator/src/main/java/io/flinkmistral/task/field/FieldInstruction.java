package io.flinkmistral.task.field;

import io.flinkmistral.task.field.FieldType.Field;
import java.util.Optional;
import java.util.stream.Collectors;

/** What the prompt says of the fields that are wanted. */
public final class FieldInstruction {
  private FieldInstruction() {}

  public static String of(FieldType.Row schema) {
    return "Take the fields below out of what the user sends. Answer with one JSON object that has"
        + " them in this order, and with nothing beside it. Take what the text says, and add"
        + " nothing. A field that may be null is null where the text says nothing of it.\n"
        + lines(schema, "");
  }

  private static String lines(FieldType.Row row, String indent) {
    return row.fields().stream()
        .map(field -> line(field, indent))
        .collect(Collectors.joining("\n"));
  }

  private static String line(Field field, String indent) {
    String comment = field.comment().isEmpty() ? "" : ": " + field.comment();
    String inside = nested(field.type()).map(row -> "\n" + lines(row, indent + "  ")).orElse("");
    return "%s- %s (%s%s)%s%s"
        .formatted(
            indent,
            field.name(),
            word(field.type()),
            field.nullable() ? ", may be null" : "",
            comment,
            inside);
  }

  private static String word(FieldType type) {
    return switch (type) {
      case FieldType.Text(int most) ->
          most == 0 ? "text" : "text of at most " + most + " characters";
      case FieldType.OneOf oneOf ->
          oneOf.values().stream()
              .map("\"%s\""::formatted)
              .collect(Collectors.joining(", ", "one of ", ""));
      case FieldType.Bool _ -> "true or false";
      case FieldType.Whole _ -> "whole number";
      case FieldType.Real _ -> "number";
      case FieldType.Decimal(int _, int scale) ->
          "number with at most " + scale + " digits behind the point";
      case FieldType.Temporal temporal ->
          switch (temporal) {
            case DATE -> "date as 2026-01-31";
            case TIME -> "time as 23:59:00";
            case TIMESTAMP -> "date and time as 2026-01-31T23:59:00Z";
            case INSTANT -> "date and time with its zone as 2026-01-31T23:59:00+01:00";
          };
      case FieldType.ListOf(FieldType element, boolean _) -> "list, each " + word(element);
      case FieldType.MapOf(FieldType value, boolean _) -> "object, each value " + word(value);
      case FieldType.Row _ -> "object";
    };
  }

  private static Optional<FieldType.Row> nested(FieldType type) {
    return switch (type) {
      case FieldType.Row row -> Optional.of(row);
      case FieldType.ListOf(FieldType element, boolean _) -> nested(element);
      case FieldType.MapOf(FieldType value, boolean _) -> nested(value);
      case FieldType.Text _, FieldType.OneOf _, FieldType.Bool _ -> Optional.empty();
      case FieldType.Whole _, FieldType.Real _, FieldType.Decimal _ -> Optional.empty();
      case FieldType.Temporal _ -> Optional.empty();
    };
  }
}

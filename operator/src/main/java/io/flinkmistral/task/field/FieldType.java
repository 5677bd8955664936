package io.flinkmistral.task.field;

import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.InvalidRequestException;
import java.io.Serializable;
import java.util.HashSet;
import java.util.List;

/** What the value of a field may be; answers cannot be anything else. */
public sealed interface FieldType extends Serializable {
  /**
   * A {@link String}.
   *
   * @param maxLength most characters (code points); 0 for any number
   */
  record Text(int maxLength) implements FieldType {
    private static final long serialVersionUID = 1L;

    public Text {
      if (maxLength < 0) {
        throw InvalidRequestException.outOfRange(
            FieldSchema.PARAMETER, maxLength, "0 (any length) or more");
      }
    }

    public Text() {
      this(0);
    }
  }

  /**
   * A {@link String} of some.
   *
   * @param values different ones, at least one
   */
  record OneOf(List<String> values) implements FieldType {
    private static final long serialVersionUID = 1L;

    public OneOf {
      values = List.copyOf(values);
      if (values.isEmpty() || new HashSet<>(values).size() < values.size()) {
        throw new InvalidRequestException(
            FieldSchema.PARAMETER,
            "a field that is one of some texts needs different ones, but has "
                + Excerpt.of(values.toString()));
      }
    }
  }

  /** A {@link Boolean}. */
  record Bool() implements FieldType {
    private static final long serialVersionUID = 1L;
  }

  /** A {@link Byte}, {@link Short}, {@link Integer} or {@link Long}. */
  enum Whole implements FieldType {
    INT8(Byte.MIN_VALUE, Byte.MAX_VALUE),
    INT16(Short.MIN_VALUE, Short.MAX_VALUE),
    INT32(Integer.MIN_VALUE, Integer.MAX_VALUE),
    INT64(Long.MIN_VALUE, Long.MAX_VALUE);

    final long least;
    final long most;

    Whole(long least, long most) {
      this.least = least;
      this.most = most;
    }
  }

  /** A {@link Float} or {@link Double}. */
  enum Real implements FieldType {
    FLOAT32,
    FLOAT64
  }

  /**
   * A {@link java.math.BigDecimal}.
   *
   * @param precision most digits
   * @param scale digits behind the point
   */
  record Decimal(int precision, int scale) implements FieldType {
    private static final long serialVersionUID = 1L;

    private static final int MOST = 38;

    public Decimal {
      if (precision < 1 || precision > MOST || scale < 0 || scale > precision) {
        throw new InvalidRequestException(
            FieldSchema.PARAMETER,
            "a decimal has a precision from 1 to %d and a scale from 0 to that, but they are %d and %d"
                .formatted(MOST, precision, scale));
      }
    }
  }

  /** Days and times, as in RFC 3339. */
  enum Temporal implements FieldType {
    /** A {@link java.time.LocalDate}. */
    DATE,
    /** A {@link java.time.LocalTime}, to the second. */
    TIME,
    /** A {@link java.time.LocalDateTime}: day and time where the text is about. */
    TIMESTAMP,
    /** A {@link java.time.Instant}, written with its distance from UTC. */
    INSTANT
  }

  /**
   * A {@link List}.
   *
   * @param element of each
   * @param nullable whether there may be {@code null} among them
   */
  record ListOf(FieldType element, boolean nullable) implements FieldType {
    private static final long serialVersionUID = 1L;
  }

  /**
   * A {@link java.util.Map} from texts.
   *
   * @param value of each
   * @param nullable whether there may be {@code null} among them
   */
  record MapOf(FieldType value, boolean nullable) implements FieldType {
    private static final long serialVersionUID = 1L;
  }

  /**
   * A {@link java.util.Map} of fields, in their order.
   *
   * @param fields with different names, at least one
   */
  record Row(List<Field> fields) implements FieldType {
    private static final long serialVersionUID = 1L;

    public Row {
      fields = List.copyOf(fields);
      if (fields.isEmpty()) {
        throw new InvalidRequestException(
            FieldSchema.PARAMETER, "a schema must have at least one field");
      }
      HashSet<String> names = new HashSet<>();
      for (Field field : fields) {
        if (!names.add(field.name())) {
          throw new InvalidRequestException(
              FieldSchema.PARAMETER,
              "the field \"%s\" is there twice".formatted(Excerpt.of(field.name())));
        }
      }
    }
  }

  /**
   * A field.
   *
   * @param nullable whether it may be {@code null}, where the text says nothing of it
   * @param comment what it is; empty where its name says it
   */
  record Field(String name, FieldType type, boolean nullable, String comment)
      implements Serializable {
    private static final long serialVersionUID = 1L;

    public Field {
      if (name.isBlank()) {
        throw new InvalidRequestException(FieldSchema.PARAMETER, "a field must have a name");
      }
    }

    /** One that may be {@code null}, and whose name says what it is. */
    public static Field of(String name, FieldType type) {
      return new Field(name, type, true, "");
    }
  }
}

package io.flinkmistral.jobs.json;

import io.flinkmistral.jobs.json.FieldRule.Neutral;
import io.flinkmistral.jobs.json.FieldRule.Read;
import io.flinkmistral.jobs.json.FieldRule.Unsupported;
import io.flinkmistral.jobs.json.FieldRule.WithoutEffect;
import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.NearestNames;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The fields that are known in one kind of object.
 *
 * @param of what the object is, such as {@code a message}
 */
record FieldTable(String of, Map<String, FieldRule> rules) {
  private static final JsonMapper MAPPER = new JsonMapper();

  /** The table of an object; rules are added in the order in which they are to be shown. */
  static Builder of(String object) {
    return new Builder(object);
  }

  /**
   * @throws InvalidRequestException if the object has a field that is refused; it names the field
   *     and says what to do
   */
  void check(Fields object) {
    object.forEach(
        (name, value) -> {
          switch (rules.get(name)) {
            case null -> throw unknown(object, name);
            case Read _ -> {}
            case WithoutEffect rule -> {
              if (!rule.kind().matches(value)) {
                throw object.invalid(
                    name, "must be %s, but is %s".formatted(rule.kind(), Fields.kind(value)));
              }
            }
            case Unsupported rule -> {
              if (!rule.takes(value, object)) {
                throw unsupported(object, rule, value);
              }
            }
          }
        });
  }

  private InvalidRequestException unknown(Fields object, String name) {
    String shown = object.name(Excerpt.of(name));
    return new InvalidRequestException(
        shown,
        "%s is not known as a field of %s: leave it out, or set option request.unknown-fields to ignore%s"
            .formatted(shown, of, NearestNames.question("", name, read())));
  }

  private List<String> read() {
    return rules.values().stream().filter(Read.class::isInstance).map(FieldRule::name).toList();
  }

  private static InvalidRequestException unsupported(
      Fields object, Unsupported rule, JsonNode value) {
    return rule.taken().isEmpty()
        ? object.invalid(rule.name(), "is not supported: " + rule.advice())
        : object.invalid(
            rule.name(),
            "must be %s or left out, but is %s: %s"
                .formatted(values(rule, ""), Fields.shown(value), rule.advice()));
  }

  private static String values(Unsupported rule, String quote) {
    return rule.taken().stream()
        .map(n -> quote + n.value() + quote + condition(n))
        .collect(Collectors.joining(" or "));
  }

  private static String condition(Neutral neutral) {
    return neutral.without().isEmpty() ? "" : " (without " + neutral.without() + ")";
  }

  /** The fields as tables of a README; those that are read are described elsewhere. */
  String markdown() {
    Map<String, List<String>> withoutEffect = new LinkedHashMap<>();
    Map<String, List<String>> refused = new LinkedHashMap<>();
    for (FieldRule rule : rules.values()) {
      switch (rule) {
        case Read _ -> {}
        case WithoutEffect taken -> add(withoutEffect, taken.reason(), quoted(taken));
        case Unsupported not ->
            add(
                refused,
                not.advice(),
                not.taken().isEmpty() ? quoted(not) : quoted(not) + ": " + values(not, "`"));
      }
    }
    return table("Taken in %s, without effect".formatted(of), "because", withoutEffect)
        + table("Refused in %s, but for values that ask for nothing".formatted(of), "", refused);
  }

  /** What becomes of one of its fields, in a line. */
  String describe(String field) {
    return switch (rules.get(field)) {
      case null -> throw new IllegalArgumentException("no field of " + of + ": " + field);
      case Read _ -> "honoured";
      case WithoutEffect rule -> "taken, without effect: " + rule.reason();
      case Unsupported rule ->
          rule.taken().isEmpty()
              ? "refused: " + rule.advice()
              : "refused, but for %s: %s".formatted(values(rule, "`"), rule.advice());
    };
  }

  private static String quoted(FieldRule rule) {
    return "`" + rule.name() + "`";
  }

  private static void add(Map<String, List<String>> rows, String reason, String field) {
    rows.computeIfAbsent(reason, r -> new ArrayList<>()).add(field);
  }

  private static String table(String title, String reason, Map<String, List<String>> rows) {
    return rows.isEmpty()
        ? ""
        : rows.entrySet().stream()
            .map(row -> "| %s | %s |\n".formatted(String.join(", ", row.getValue()), row.getKey()))
            .collect(
                Collectors.joining("", "| %s | %s |\n|---|---|\n".formatted(title, reason), "\n"));
  }

  /** Adds rules. */
  static final class Builder {
    private final String of;
    private final Map<String, FieldRule> rules = new LinkedHashMap<>();

    private Builder(String of) {
      this.of = of;
    }

    Builder read(String... names) {
      for (String name : names) {
        add(new Read(name));
      }
      return this;
    }

    Builder withoutEffect(String reason, JsonKind kind, String... names) {
      for (String name : names) {
        add(new WithoutEffect(name, kind, reason));
      }
      return this;
    }

    /** Fields that are refused with any value. */
    Builder refused(String advice, String... names) {
      for (String name : names) {
        add(new Unsupported(name, List.of(), advice));
      }
      return this;
    }

    /**
     * A field that is refused but for values that ask for nothing.
     *
     * @param taken each as JSON
     */
    Builder refusedBut(String name, String advice, String... taken) {
      return add(
          new Unsupported(name, List.of(taken).stream().map(t -> neutral(t, "")).toList(), advice));
    }

    /** The same with one more value that asks for nothing where another field is absent. */
    Builder refusedBut(
        String name, String advice, String taken, String takenWithout, String without) {
      return add(
          new Unsupported(
              name, List.of(neutral(taken, ""), neutral(takenWithout, without)), advice));
    }

    FieldTable build() {
      return new FieldTable(of, rules);
    }

    private Builder add(FieldRule rule) {
      if (rules.put(rule.name(), rule) != null) {
        throw new IllegalStateException("two rules for field " + rule.name());
      }
      return this;
    }

    private static Neutral neutral(String json, String without) {
      return new Neutral(MAPPER.readTree(json), without);
    }
  }
}

package io.flinkmistral.constraint.schema.shape;

import io.flinkmistral.constraint.Place;
import io.flinkmistral.constraint.schema.document.Keywords;
import io.flinkmistral.constraint.schema.document.SchemaDocument;
import io.flinkmistral.constraint.schema.document.Values;
import io.flinkmistral.constraint.schema.shape.Shape.Arrays;
import io.flinkmistral.constraint.schema.shape.Shape.Bound;
import io.flinkmistral.constraint.schema.shape.Shape.Constant;
import io.flinkmistral.constraint.schema.shape.Shape.Numbers;
import io.flinkmistral.constraint.schema.shape.Shape.Objects;
import io.flinkmistral.constraint.schema.shape.Shape.Others;
import io.flinkmistral.constraint.schema.shape.Shape.Strings;
import io.flinkmistral.constraint.schema.text.Format;
import io.flinkmistral.protocol.Excerpt;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Reads one schema of a document as shapes. */
final class ShapeReader {
  /** Of one schema, in steps of work. */
  private static final int COST = 1_000;

  /** To tell an annotation from a slip. */
  private static final int STEPS_A_WORD = 40;

  /** Schemas that are read while others are. */
  private static final int MAX_NESTED = 200;

  /** Of elements, characters or properties that an answer must have. */
  private static final int MAX_LEAST = 10_000;

  private final SchemaDocument document;
  private final Shapes shapes;
  private final Applicators applicators;
  private final Map<String, List<Shape>> known = new HashMap<>();
  private final Set<String> open = new HashSet<>();

  ShapeReader(SchemaDocument document, Shapes shapes) {
    this.document = document;
    this.shapes = shapes;
    this.applicators = new Applicators(document, shapes, this);
  }

  /**
   * @param pointer of a schema
   */
  List<Shape> read(String pointer) {
    List<Shape> before = known.get(pointer);
    if (before != null) {
      return before;
    }
    if (!open.add(pointer)) {
      throw document
          .place(pointer)
          .refused("the schema refers to itself without a property or an element in between");
    }
    if (open.size() > MAX_NESTED) {
      throw document
          .place(pointer)
          .refused(
              "schemas refer to schemas in more than %d steps without a property or an element"
                  .formatted(MAX_NESTED));
    }
    List<Shape> read = readNew(pointer);
    open.remove(pointer);
    known.put(pointer, read);
    return read;
  }

  private List<Shape> readNew(String pointer) {
    JsonNode schema = document.at(pointer);
    Place place = document.place(pointer);
    if (schema.isBoolean()) {
      return schema.booleanValue() ? Shapes.all() : List.of();
    }
    if (!schema.isObject()) {
      throw place.refused(
          "a schema must be an object, true or false, but is %s"
              .formatted(Excerpt.of(schema.toString())));
    }
    shapes.effort().spend(COST, place);
    for (Map.Entry<String, JsonNode> word : schema.properties()) {
      shapes.effort().spend(STEPS_A_WORD, place);
      Keywords.check(word.getKey(), place);
    }
    Values values = new Values(schema, place);
    List<Shape> own = constants(ofTypes(values, pointer), values);
    return applicators.apply(own, values, pointer);
  }

  private List<Shape> ofTypes(Values values, String pointer) {
    Set<JsonType> types = EnumSet.allOf(JsonType.class);
    boolean integer = false;
    if (values.has("type")) {
      types.clear();
      boolean number = false;
      for (String word : types(values)) {
        integer |= word.equals("integer");
        number |= word.equals("number");
        types.add(type(word, values));
      }
      integer &= !number;
    }
    List<JsonNode> given = given(values);
    if (given != null) {
      types.retainAll(given.stream().map(JsonType::of).toList());
    }
    List<Shape> all = new ArrayList<>();
    for (JsonType type : types) {
      shape(type, integer, values, pointer).ifPresent(all::add);
    }
    return all;
  }

  private static List<String> types(Values values) {
    JsonNode type = values.find("type").orElseThrow();
    if (type.isString()) {
      return List.of(type.stringValue());
    }
    List<String> types = values.texts(type, "type");
    if (types.isEmpty()) {
      throw values.wrong("type", "a type or a list of types");
    }
    return types;
  }

  private static JsonType type(String word, Values values) {
    if (word.equals("integer")) {
      return JsonType.NUMBER;
    }
    for (JsonType type : JsonType.values()) {
      if (type.word().equals(word)) {
        return type;
      }
    }
    throw values.wrong(
        "type", "null, boolean, integer, number, string, array or object, or a list of these");
  }

  /** The values that {@code enum} or {@code const} gives; null if there is neither. */
  private static List<JsonNode> given(Values values) {
    List<JsonNode> given = new ArrayList<>();
    if (values.has("const")) {
      given.add(values.find("const").orElseThrow());
      return given;
    }
    if (!values.has("enum")) {
      return null;
    }
    JsonNode list = values.find("enum").orElseThrow();
    if (!list.isArray() || list.isEmpty()) {
      throw values.wrong("enum", "a list of at least one value");
    }
    if (list.size() > Shapes.MAX_SHAPES) {
      throw values
          .place("enum")
          .refused(
              "has %,d values, but at most %,d are allowed"
                  .formatted(list.size(), Shapes.MAX_SHAPES));
    }
    list.forEach(given::add);
    return given;
  }

  private List<Shape> constants(List<Shape> own, Values values) {
    List<Shape> fitting = own;
    for (String word : List.of("const", "enum")) {
      if (values.has(word)) {
        List<Shape> constants = new ArrayList<>();
        JsonNode given = values.find(word).orElseThrow();
        if (word.equals("const")) {
          constants.add(new Constant(given));
        } else {
          given.forEach(value -> constants.add(new Constant(value)));
        }
        fitting = shapes.both(constants, fitting, values.place(word));
      }
    }
    return fitting;
  }

  private Optional<Shape> shape(JsonType type, boolean integer, Values values, String pointer) {
    return switch (type) {
      case NULL, BOOLEAN -> Optional.of(type.all());
      case NUMBER -> numbers(integer, values);
      case STRING -> strings(values);
      case ARRAY -> arrays(values, pointer);
      case OBJECT -> objects(values, pointer);
    };
  }

  private Optional<Shape> numbers(boolean integer, Values values) {
    Set<BigDecimal> multiples = new LinkedHashSet<>();
    values
        .number("multipleOf")
        .ifPresent(
            of -> {
              if (of.signum() <= 0) {
                throw values.wrong("multipleOf", "a number above 0");
              }
              multiples.add(of.stripTrailingZeros());
            });
    return shapes.both(
        new Numbers(
            integer, bound("minimum", "exclusiveMinimum", values), Optional.empty(), multiples),
        new Numbers(
            false, Optional.empty(), bound("maximum", "exclusiveMaximum", values), Set.of()),
        values.place("minimum"));
  }

  /** In draft 4 and OpenAPI 3.0 a truth value says whether the other bound is exclusive. */
  private static Optional<Bound> bound(String inclusive, String exclusive, Values values) {
    Optional<BigDecimal> own = values.number(inclusive);
    if (values.find(exclusive).filter(JsonNode::isBoolean).isPresent()) {
      return own.map(value -> new Bound(value, !values.flag(exclusive)));
    }
    Optional<Bound> left = own.map(value -> new Bound(value, true));
    Optional<Bound> right = values.number(exclusive).map(value -> new Bound(value, false));
    return inclusive.equals("minimum") ? Bound.greater(left, right) : Bound.less(left, right);
  }

  private Optional<Shape> strings(Values values) {
    Set<String> patterns = new LinkedHashSet<>();
    values
        .text("pattern")
        .ifPresent(
            pattern -> {
              shapes.texts().pattern(pattern, values.place("pattern"));
              patterns.add(pattern);
            });
    Set<Format> formats = new LinkedHashSet<>();
    values
        .text("format")
        .ifPresent(
            word -> {
              if (Format.REFUSED.contains(word)) {
                throw values
                    .place("format")
                    .refused("the format %s is not supported".formatted(word));
              }
              Format.of(word).ifPresent(formats::add);
            });
    int least = least("minLength", values);
    OptionalInt most = values.count("maxLength");
    return most.isPresent() && most.getAsInt() < least
        ? Optional.empty()
        : Optional.of(new Strings(least, most, patterns, formats));
  }

  private static int least(String word, Values values) {
    int least = values.count(word).orElse(0);
    if (least > MAX_LEAST) {
      throw values
          .place(word)
          .refused("is %,d, but at most %,d are allowed".formatted(least, MAX_LEAST));
    }
    return least;
  }

  private Optional<Shape> arrays(Values values, String pointer) {
    if (values.has("contains")) {
      boolean isWithout =
          values.count("minContains").orElse(1) == 0 && values.count("maxContains").isEmpty();
      if (!isWithout) {
        throw values.place("contains").refused("contains is not supported for arrays");
      }
    }
    List<Goal> prefix = new ArrayList<>();
    Optional<Goal> rest = goal("items", values, pointer);
    if (values.find("items").filter(JsonNode::isArray).isPresent()) {
      // Before draft 2020-12, a list of schemas was called so.
      elements("items", values, pointer, prefix);
      rest = goal("additionalItems", values, pointer);
    } else {
      elements("prefixItems", values, pointer, prefix);
    }
    int least = least("minItems", values);
    OptionalInt most = values.count("maxItems");
    Optional<String> distinct =
        values.flag("uniqueItems")
            ? Optional.of(SchemaDocument.in(pointer, "uniqueItems"))
            : Optional.empty();
    return most.isPresent() && most.getAsInt() < least
        ? Optional.empty()
        : Optional.of(new Arrays(prefix, rest, least, most, distinct));
  }

  private void elements(String word, Values values, String pointer, List<Goal> prefix) {
    int count = values.schemas(word);
    for (int i = 0; i < count; i++) {
      prefix.add(goal(SchemaDocument.in(pointer, word) + "/" + i));
    }
  }

  private Optional<Shape> objects(Values values, String pointer) {
    Map<String, Goal> patterns = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> member : values.members("patternProperties")) {
      String at = SchemaDocument.in(pointer, "patternProperties");
      shapes.texts().pattern(member.getKey(), document.place(at).in(member.getKey()));
      patterns.put(member.getKey(), goal(SchemaDocument.in(at, member.getKey())));
    }
    Others others = new Others(patterns, goal("additionalProperties", values, pointer));
    Others matching = new Others(patterns, Optional.empty());
    Map<String, Goal> properties = new LinkedHashMap<>();
    Place place = document.place(pointer);
    for (Map.Entry<String, JsonNode> member : values.members("properties")) {
      String name = member.getKey();
      Goal own = goal(SchemaDocument.in(SchemaDocument.in(pointer, "properties"), name));
      properties.put(name, own.and(shapes.other(matching, name, place), shapes.effort(), place));
    }
    Set<String> required = new LinkedHashSet<>(values.texts("required"));
    Objects objects =
        new Objects(
            properties,
            required,
            others.equals(Others.UNSAID) ? List.of() : List.of(others),
            least("minProperties", values),
            values.count("maxProperties"),
            goal("propertyNames", values, pointer).map(List::of).orElse(List.of()));
    return shapes.both(objects, Objects.ALL, place);
  }

  private Optional<Goal> goal(String word, Values values, String pointer) {
    return values
        .find(word)
        .filter(schema -> !schema.isArray())
        .map(_ -> goal(SchemaDocument.in(pointer, word)));
  }

  /** Of the schema at a place. */
  private Goal goal(String pointer) {
    JsonNode schema = document.at(pointer);
    if (schema.isBoolean()) {
      return schema.booleanValue() ? Goal.ANY : Goal.NEVER;
    }
    return Goal.of(pointer);
  }
}

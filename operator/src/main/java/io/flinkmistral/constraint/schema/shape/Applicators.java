package io.flinkmistral.constraint.schema.shape;

import io.flinkmistral.constraint.Place;
import io.flinkmistral.constraint.schema.document.SchemaDocument;
import io.flinkmistral.constraint.schema.document.Values;
import io.flinkmistral.constraint.schema.shape.Shape.Arrays;
import io.flinkmistral.constraint.schema.shape.Shape.Objects;
import io.flinkmistral.constraint.schema.shape.Shape.Others;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * Other schemas that a value must fit, too: by reference, all, any or one of a list, or by keys.
 */
final class Applicators {
  private final SchemaDocument document;
  private final Shapes shapes;
  private final ShapeReader reader;
  private final ExclusiveBranches exclusive;

  Applicators(SchemaDocument document, Shapes shapes, ShapeReader reader) {
    this.document = document;
    this.shapes = shapes;
    this.reader = reader;
    this.exclusive = new ExclusiveBranches(shapes);
  }

  /** Of the shapes of a schema's own words, those values that fit the other schemas. */
  List<Shape> apply(List<Shape> own, Values values, String pointer) {
    refuseConditions(values);
    List<Shape> all = own;
    Optional<String> reference = values.text("$ref");
    if (reference.isPresent()) {
      all = both(all, reader.read(document.resolve(reference.get(), pointer)), "$ref", pointer);
    }
    for (int i = 0; i < values.schemas("allOf"); i++) {
      all = both(all, reader.read(branch("allOf", i, pointer)), "allOf", pointer);
    }
    if (values.has("anyOf")) {
      List<Shape> any = new ArrayList<>();
      branches("anyOf", values, pointer).forEach(any::addAll);
      all = both(all, any, "anyOf", pointer);
    }
    if (values.has("oneOf")) {
      // What holds beside the branches can tell them apart, too, such as the type.
      List<List<Shape>> branches = new ArrayList<>();
      for (List<Shape> branch : branches("oneOf", values, pointer)) {
        branches.add(both(all, branch, "oneOf", pointer));
      }
      all = exclusive.check(branches, values.place("oneOf"));
    }
    if (values.has("not")) {
      String not = SchemaDocument.in(pointer, "not");
      all = both(all, Complement.of(reader.read(not), document.place(not)), "not", pointer);
    }
    all = dependencies(all, values, pointer);
    return closed(all, values);
  }

  private List<Shape> both(List<Shape> left, List<Shape> right, String word, String pointer) {
    return shapes.both(left, right, document.place(pointer).in(word));
  }

  private List<List<Shape>> branches(String word, Values values, String pointer) {
    List<List<Shape>> branches = new ArrayList<>();
    for (int i = 0; i < values.schemas(word); i++) {
      branches.add(reader.read(branch(word, i, pointer)));
    }
    return branches;
  }

  private static String branch(String word, int index, String pointer) {
    return SchemaDocument.in(pointer, word) + "/" + index;
  }

  /** {@code if} alone, and the others without it, say nothing. */
  private static void refuseConditions(Values values) {
    if (values.has("if") && (values.has("then") || values.has("else"))) {
      throw values
          .place("if")
          .refused("if with then or else is not supported; oneOf and anyOf are");
    }
  }

  private List<Shape> dependencies(List<Shape> all, Values values, String pointer) {
    List<Shape> left = all;
    for (String word : List.of("dependentRequired", "dependentSchemas", "dependencies")) {
      for (Map.Entry<String, JsonNode> member : values.members(word)) {
        String at = SchemaDocument.in(SchemaDocument.in(pointer, word), member.getKey());
        left = both(left, dependency(word, member, values, at), word, pointer);
      }
    }
    return left;
  }

  /** Either without the property, or with what it needs. */
  private List<Shape> dependency(
      String word, Map.Entry<String, JsonNode> member, Values values, String at) {
    List<Shape> either = new ArrayList<>(Shapes.all());
    either.remove(Objects.ALL);
    String name = member.getKey();
    either.add(Objects.ALL.with(name, Goal.NEVER));
    Objects with = Objects.ALL.requiring(List.of(name));
    if (member.getValue().isArray()) {
      either.add(with.requiring(values.texts(member.getValue(), word)));
    } else {
      either.addAll(shapes.both(List.of(with), reader.read(at), document.place(at)));
    }
    return either;
  }

  /**
   * Without what no part of this schema speaks of. The parts are all in the shapes by now, so what
   * the shapes do not say of a property or an element, no part says.
   */
  private List<Shape> closed(List<Shape> all, Values values) {
    boolean elements = isClosing("unevaluatedItems", values);
    boolean properties = isClosing("unevaluatedProperties", values);
    if (!elements && !properties) {
      return all;
    }
    return all.stream()
        .map(
            shape ->
                switch (shape) {
                  case Arrays arrays when elements -> closed(arrays);
                  case Objects objects when properties ->
                      closed(objects, values.place("unevaluatedProperties"));
                  default -> shape;
                })
        .toList();
  }

  private static boolean isClosing(String word, Values values) {
    Optional<JsonNode> schema = values.find(word);
    if (schema.isPresent() && !schema.get().isBoolean()) {
      throw values.place(word).refused("of %s only true and false are supported".formatted(word));
    }
    return schema.map(value -> !value.booleanValue()).orElse(false);
  }

  private static Arrays closed(Arrays arrays) {
    return arrays.rest().isPresent()
        ? arrays
        : new Arrays(
            arrays.prefix(),
            Optional.of(Goal.NEVER),
            arrays.least(),
            arrays.most(),
            arrays.distinct());
  }

  private Objects closed(Objects objects, Place place) {
    if (objects.others().stream().anyMatch(others -> others.additional().isPresent())) {
      return objects;
    }
    // A name that matches some schema's pattern is spoken of; any other is not.
    Map<String, Goal> patterns = new LinkedHashMap<>();
    objects
        .others()
        .forEach(
            others ->
                others
                    .patterns()
                    .forEach(
                        (pattern, goal) ->
                            patterns.merge(
                                pattern, goal, (a, b) -> a.and(b, shapes.effort(), place))));
    return new Objects(
        objects.properties(),
        objects.required(),
        List.of(new Others(patterns, Optional.of(Goal.NEVER))),
        objects.least(),
        objects.most(),
        objects.names());
  }
}

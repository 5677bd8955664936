package io.flinkmistral.constraint.schema.document;

import io.flinkmistral.constraint.Effort;
import io.flinkmistral.constraint.Place;
import io.flinkmistral.protocol.Excerpt;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonPointer;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;

/** The JSON text of a schema, and what references in it mean. */
public final class SchemaDocument {
  public static final int MAX_CHARACTERS = 256 << 10;
  static final int MAX_DEPTH = 64;
  private static final int MAX_NAME = 1_024;

  /** Of a pointer that is written or followed. */
  private static final int CHARACTERS_A_STEP = 2;

  /** Of all pointers to places where an anchor could be. */
  private static final long MAX_POINTERS = 20_000_000;

  /** What stands below these is no schema. */
  private static final Set<String> VALUES =
      Set.of("enum", "const", "default", "examples", "example");

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(MAX_DEPTH)
                          .maxNameLength(MAX_NAME)
                          .build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          // Bounds are exact, and constants are written as they stand in the schema.
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  private final JsonNode root;
  private final Place place;
  private final Effort effort;
  private final Map<String, String> anchors = new HashMap<>();
  private boolean hasAnchors;
  private long pointers;

  private SchemaDocument(JsonNode root, Effort effort, Place place) {
    this.root = root;
    this.effort = effort;
    this.place = place;
  }

  public static SchemaDocument read(String text, Effort effort, Place place) {
    if (text.length() > MAX_CHARACTERS) {
      throw place.refused(
          "the schema has %,d characters, but at most %,d are allowed"
              .formatted(text.length(), MAX_CHARACTERS));
    }
    try {
      JsonNode root = MAPPER.readTree(text);
      checkNumbers(root, place);
      return new SchemaDocument(root, effort, place);
    } catch (JacksonException e) {
      TokenStreamLocation at = e.getLocation();
      throw place.refused(
          "the schema is no JSON: %s%s"
              .formatted(
                  Excerpt.of(e.getOriginalMessage()),
                  at == null
                      ? ""
                      : " (line %d, column %d)".formatted(at.getLineNr(), at.getColumnNr())));
    }
  }

  /** Arithmetic with numbers of a billion digits would never end. */
  private static void checkNumbers(JsonNode node, Place place) {
    if (node.isNumber()) {
      if (Values.isBeyond(node.decimalValue())) {
        throw place.refused(
            "the schema has a number with an exponent beyond %d".formatted(Values.MAX_EXPONENT));
      }
    } else {
      node.forEach(child -> checkNumbers(child, place));
    }
  }

  /** Of a keyword or a schema, for messages. */
  public Place place(String pointer) {
    return place.at(pointer);
  }

  /** What stands at a place that is there. */
  public JsonNode at(String pointer) {
    effort.spend(1 + pointer.length() / CHARACTERS_A_STEP, place);
    return root.at(JsonPointer.compile(pointer));
  }

  /**
   * @param reference such as {@code #/$defs/node}
   * @param from where the reference stands
   */
  public String resolve(String reference, String from) {
    Place at = place(from + "/$ref");
    if (!reference.startsWith("#")) {
      throw at.refused(
          ("\"%s\" is outside of the schema; only references within it, such as #/$defs/name, can"
                  + " be followed")
              .formatted(Excerpt.of(reference)));
    }
    String fragment = decoded(reference.substring(1), at);
    String resource = resource(from);
    String pointer =
        fragment.isEmpty() || fragment.startsWith("/")
            ? resource + fragment
            : anchor(resource + "#" + fragment);
    if (pointer == null || isMissing(pointer)) {
      throw at.refused("\"%s\" is not there".formatted(Excerpt.of(reference)));
    }
    return pointer;
  }

  private String anchor(String name) {
    if (!hasAnchors) {
      collectAnchors(root, "");
      hasAnchors = true;
    }
    return anchors.get(name);
  }

  private boolean isMissing(String pointer) {
    try {
      return at(pointer).isMissingNode();
    } catch (IllegalArgumentException _) {
      return true;
    }
  }

  private static String decoded(String fragment, Place at) {
    try {
      return URLDecoder.decode(fragment.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException _) {
      throw at.refused(
          "\"%s\" has a percent sign that is no escape".formatted(Excerpt.of(fragment)));
    }
  }

  /** A schema with an {@code $id} is a document of its own, which references begin from. */
  private String resource(String from) {
    String pointer = from;
    while (!pointer.isEmpty()) {
      if (isResource(at(pointer))) {
        return pointer;
      }
      pointer = pointer.substring(0, pointer.lastIndexOf('/'));
    }
    return "";
  }

  private static boolean isResource(JsonNode node) {
    JsonNode id = node.isObject() ? node.get("$id") : null;
    return id != null && id.isString() && !id.stringValue().startsWith("#");
  }

  private void collectAnchors(JsonNode node, String pointer) {
    pointers += pointer.length();
    if (pointers > MAX_POINTERS) {
      throw place.refused("has too many names for anchors to be found; use $ref with a pointer");
    }
    if (node.isObject()) {
      for (String keyword : new String[] {"$anchor", "$id"}) {
        JsonNode name = node.get(keyword);
        if (name != null && name.isString()) {
          String anchor = keyword.equals("$anchor") ? "#" + name.stringValue() : name.stringValue();
          if (anchor.startsWith("#")) {
            anchors.put(resource(pointer) + anchor, pointer);
          }
        }
      }
      node.properties()
          .forEach(
              child -> {
                if (!VALUES.contains(child.getKey())) {
                  collectAnchors(child.getValue(), in(pointer, child.getKey()));
                }
              });
    } else if (node.isArray()) {
      for (int i = 0; i < node.size(); i++) {
        collectAnchors(node.get(i), pointer + "/" + i);
      }
    }
  }

  /** The pointer to a member of what is at a pointer. */
  public static String in(String pointer, String name) {
    return pointer + "/" + name.replace("~", "~0").replace("/", "~1");
  }
}

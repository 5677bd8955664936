package io.flinkmistral.weights.parts;

import io.flinkmistral.weights.LoadListener;
import io.flinkmistral.weights.MalformedModelException;
import io.flinkmistral.weights.source.JsonFields;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/**
 * The base of the rotary frequencies in a configuration of JSON: {@code rope_theta}, or what stands
 * around it, of which the first that names a base counts:
 *
 * <pre>
 *   "rope_parameters": {"rope_type": "default", "rope_theta": 1e6}                    transformers 5
 *   "rope_parameters": {"full_attention": {"rope_type": "default", ...}, ...}         by kind of layer
 *   "rope_scaling": {"type": "linear", "factor": 4.0}, "rope_theta": 1e6              before it
 * </pre>
 *
 * Frequencies that are scaled are refused, and so are several bases.
 */
public final class RopeParameters {
  private static final String THETA = "rope_theta";
  private static final String PARTIAL = "partial_rotary_factor";
  private static final List<String> KEYS = List.of("rope_parameters", "rope_scaling");
  private static final List<String> TYPES = List.of("rope_type", "type");

  private final JsonFields fields;

  private RopeParameters(JsonFields fields) {
    this.fields = fields;
  }

  /**
   * @param otherwise the base where the file names none, which the listener is told
   */
  public static double theta(JsonFields fields, double otherwise, LoadListener listener)
      throws MalformedModelException {
    return new RopeParameters(fields).theta(otherwise, listener);
  }

  private double theta(double otherwise, LoadListener listener) throws MalformedModelException {
    Optional<Double> nested = Optional.empty();
    for (String key : KEYS) {
      List<JsonNode> parts = parts(key);
      for (JsonNode part : parts) {
        refuseWhatIsNotComputed(key, part);
      }
      if (nested.isEmpty() && parts.stream().anyMatch(part -> part.hasNonNull(THETA))) {
        nested = Optional.of(oneOf(key, parts, otherwise));
      }
    }
    if (nested.isPresent()) {
      return nested.get();
    }
    double theta = fields.thetaOr(THETA, otherwise);
    if (fields.value(THETA).isEmpty()) {
      listener.warning(
          "the configuration has no rope_theta, the base of the rotary frequencies: %s is used"
              .formatted(theta));
    }
    return theta;
  }

  /** The object itself, or those that it has for each kind of layer. */
  private List<JsonNode> parts(String key) throws MalformedModelException {
    Optional<JsonNode> value = fields.value(key);
    if (value.isEmpty()) {
      return List.of();
    }
    if (!value.get().isObject()) {
      throw fields.wrong(key, "must be an object, but is " + value.get());
    }
    List<JsonNode> objects = new ArrayList<>(value.get().values());
    objects.removeIf(element -> !element.isObject());
    if (objects.isEmpty()) {
      return List.of(value.get());
    }
    if (objects.size() < value.get().size()) {
      throw fields.wrong(
          key, "has values both for all layers and for kinds of them: " + value.get());
    }
    return objects;
  }

  private double oneOf(String key, List<JsonNode> parts, double otherwise)
      throws MalformedModelException {
    Set<Double> found = new TreeSet<>();
    for (JsonNode part : parts) {
      double theta =
          part.hasNonNull(THETA)
              ? fields.number(key, part.get(THETA))
              : fields.thetaOr(THETA, otherwise);
      if (!(theta > 0 && theta < Double.POSITIVE_INFINITY)) {
        throw fields.wrong(key, "has the rope_theta %s".formatted(theta));
      }
      found.add(theta);
    }
    if (found.size() > 1) {
      throw fields.wrong(
          key,
          "has a rope_theta for each kind of layer, %s; only one is supported".formatted(found));
    }
    return found.iterator().next();
  }

  private void refuseWhatIsNotComputed(String key, JsonNode part) throws MalformedModelException {
    Optional<String> type = type(key, part);
    boolean plain =
        type.isPresent()
            ? type.get().equals("default")
            : !part.hasNonNull("factor") || fields.number(key, part.get("factor")) == 1;
    if (!plain) {
      fields.refuse(
          key, "scaled rotary embedding (%s) %s".formatted(type.orElse("a factor"), part));
    }
    if (part.hasNonNull(PARTIAL) && fields.number(key, part.get(PARTIAL)) != 1) {
      fields.refuse(key, "rotary embedding of a part of each head");
    }
  }

  private Optional<String> type(String key, JsonNode part) throws MalformedModelException {
    for (String name : TYPES) {
      if (part.hasNonNull(name)) {
        if (!part.get(name).isString()) {
          throw fields.wrong(key, "has the %s %s, no text".formatted(name, part.get(name)));
        }
        return Optional.of(part.get(name).stringValue());
      }
    }
    return Optional.empty();
  }
}

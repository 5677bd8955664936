package io.flinkmistral.constraint.schema;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.SpecificationVersion;
import io.flinkmistral.constraint.Grammar;
import io.flinkmistral.constraint.GrammarRecogniser;
import io.flinkmistral.constraint.GrammarSampler;
import io.flinkmistral.constraint.schema.rule.GoalRules;
import io.flinkmistral.protocol.InvalidRequestException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The documents of the JSON-Schema-Test-Suite: no grammar accepts an invalid one.
 *
 * <p>Schemas that are refused are counted (conditions, references to other documents, {@code
 * contains}, branches that do not exclude each other), and so are valid documents that are not
 * accepted: properties in another order or beyond those that are named, numbers such as {@code 1.0}
 * for an integer or of 50 digits, and rare texts of formats, most of them international names.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class TestSuiteTest {
  private static final int DRAWN = 4;

  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();

  private final Map<String, String> refused = new TreeMap<>();
  private final List<String> acceptedInvalid = new ArrayList<>();
  private final List<String> rejectedValid = new ArrayList<>();
  private final List<String> invalidDrawn = new ArrayList<>();
  private int schemas;
  private int valid;
  private int invalid;

  @Test
  void noInvalidDocumentIsAccepted() {
    files().forEach(this::file);
    assertThat(acceptedInvalid).isEmpty();
    assertThat(invalidDrawn).isEmpty();
    assertThat(refused.values())
        .allMatch(message -> message.matches("(?s)schema( at /.*|: (nothing fits|the schema).*)"));
    assertThat(List.of(schemas, refused.size(), invalid, valid, rejectedValid.size()))
        .containsExactly(658, 157, 1005, 1422, 192);
  }

  private static List<Path> files() {
    try (Stream<Path> all =
        Files.walk(Path.of(TestSuiteTest.class.getResource("/json-schema-test-suite").toURI()))) {
      return all.filter(path -> path.toString().endsWith(".json")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  private void file(Path file) {
    String name = file.toString().replaceFirst(".*json-schema-test-suite/", "");
    for (JsonNode group : MAPPER.readTree(file.toFile())) {
      group(name + ": " + group.get("description").stringValue(), group);
    }
  }

  private void group(String name, JsonNode group) {
    schemas++;
    Grammar grammar;
    try {
      grammar = JsonSchemas.grammar(group.get("schema").toString(), "schema");
    } catch (InvalidRequestException e) {
      refused.put(name, e.getMessage());
      return;
    } catch (RuntimeException e) {
      throw new AssertionError(name, e);
    }
    draw(name, group.get("schema").toString(), grammar);
    for (JsonNode test : group.get("tests")) {
      String text = GoalRules.compact(test.get("data"));
      boolean accepted = GrammarRecogniser.accepts(grammar, text);
      String what = name + ": " + test.get("description").stringValue() + ": " + text;
      if (test.get("valid").booleanValue()) {
        valid++;
        if (!accepted) {
          rejectedValid.add(what);
        }
      } else {
        invalid++;
        if (accepted) {
          acceptedInvalid.add(what);
        }
      }
    }
  }

  /** A validator by another author agrees, which does not know one of ECMA-262's escapes. */
  private void draw(String name, String schema, Grammar grammar) {
    OtherValidator validator =
        new OtherValidator(
            schema,
            name.startsWith("draft7")
                ? SpecificationVersion.DRAFT_7
                : SpecificationVersion.DRAFT_2020_12);
    GrammarSampler sampler = new GrammarSampler(grammar, 21);
    for (int i = 0; i < DRAWN; i++) {
      String text = sampler.draw(15 * i);
      List<String> errors = validator.errors(OtherValidator.LENIENT.readTree(text));
      if (!errors.isEmpty() && !name.contains("control codes with \\c and lower letter")) {
        invalidDrawn.add(name + ": " + text + ": " + errors);
      }
    }
  }
}

package io.flinkmistral.jobs.json;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** What a validator by another author says of answers: whether OpenAI's clients can read them. */
public final class OpenAiTypes {
  private static final Schema SCHEMA =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
          .getSchema(resource("/openai/answers.schema.json"), InputFormat.JSON);

  private OpenAiTypes() {}

  /** What is wrong with an answer, an error, or a piece; empty: nothing. */
  public static List<String> errors(JsonNode answer) {
    return SCHEMA.validate(answer).stream().map(Object::toString).toList();
  }

  private static String resource(String name) {
    try (InputStream in = OpenAiTypes.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

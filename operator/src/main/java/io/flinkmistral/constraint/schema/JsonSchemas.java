package io.flinkmistral.constraint.schema;

import io.flinkmistral.constraint.Effort;
import io.flinkmistral.constraint.Grammar;
import io.flinkmistral.constraint.Place;
import io.flinkmistral.constraint.schema.document.SchemaDocument;
import io.flinkmistral.constraint.schema.rule.GoalRules;
import io.flinkmistral.constraint.schema.shape.Goal;
import io.flinkmistral.constraint.schema.shape.Shapes;

/** Grammars of JSON schemas, drafts 7 to 2020-12. */
public final class JsonSchemas {
  private JsonSchemas() {}

  /**
   * The compact JSON texts that fit a schema. Where a word of the schema cannot be enforced, it is
   * refused by name.
   *
   * @param schema as JSON
   * @param parameter the request's field, for messages
   */
  public static Grammar grammar(String schema, String parameter) {
    return grammar(schema, parameter, new Effort());
  }

  /**
   * The same as one of several that may take so much work together.
   *
   * @param effort of all of them
   */
  public static Grammar grammar(String schema, String parameter, Effort effort) {
    Place place = Place.of(parameter);
    SchemaDocument document = SchemaDocument.read(schema, effort, place);
    return new GoalRules(new Shapes(document, effort), place).grammar(Goal.of(""));
  }
}

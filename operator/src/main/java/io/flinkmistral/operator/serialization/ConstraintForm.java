package io.flinkmistral.operator.serialization;

import io.flinkmistral.protocol.OutputConstraint;
import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The serialised form of what an answer must be. */
final class ConstraintForm {
  private static final int JSON_OBJECT = 1;
  private static final int JSON_SCHEMA = 2;
  private static final int CHOICE = 3;
  private static final int REGEX = 4;
  private static final int GBNF = 5;

  private ConstraintForm() {}

  static void write(OutputConstraint constraint, DataOutputView out) throws IOException {
    switch (constraint) {
      case OutputConstraint.JsonObject() -> out.writeByte(JSON_OBJECT);
      case OutputConstraint.JsonSchema(String schema, boolean inPrompt) -> {
        out.writeByte(JSON_SCHEMA);
        Wire.writeText(schema, out);
        out.writeBoolean(inPrompt);
      }
      case OutputConstraint.Choice choice -> {
        out.writeByte(CHOICE);
        Wire.writeList(choice.texts(), Wire::writeText, out);
      }
      case OutputConstraint.Regex(String pattern) -> {
        out.writeByte(REGEX);
        Wire.writeText(pattern, out);
      }
      case OutputConstraint.Gbnf(String grammar) -> {
        out.writeByte(GBNF);
        Wire.writeText(grammar, out);
      }
    }
  }

  static OutputConstraint read(DataInputView in) throws IOException {
    int kind = in.readByte();
    return switch (kind) {
      case JSON_OBJECT -> new OutputConstraint.JsonObject();
      case JSON_SCHEMA -> new OutputConstraint.JsonSchema(Wire.readText(in), in.readBoolean());
      case CHOICE -> new OutputConstraint.Choice(Wire.readList(Wire::readText, in));
      case REGEX -> new OutputConstraint.Regex(Wire.readText(in));
      case GBNF -> new OutputConstraint.Gbnf(Wire.readText(in));
      default -> throw new IOException("unknown kind of constraint: " + kind);
    };
  }
}

package io.flinkmistral.table.function;

import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.table.column.FieldTypes;
import io.flinkmistral.table.column.InternalValues;
import io.flinkmistral.task.Prompts;
import io.flinkmistral.task.field.FieldType;
import io.flinkmistral.task.work.TaskResult;
import java.util.Optional;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.inference.CallContext;
import org.apache.flink.table.types.inference.StaticArgument;
import org.apache.flink.table.types.inference.TypeInference;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.utils.LogicalTypeParser;
import org.apache.flink.table.types.utils.TypeConversions;

/**
 * {@code AI_EXTRACT(text, 'name STRING, age INT ''in years''')}: a row of fields. A comment in
 * quotes behind a type tells the model what is meant.
 */
public final class ExtractFunction implements TextFunction {
  private static final int SCHEMA = 1;

  @Override
  public String name() {
    return "AI_EXTRACT";
  }

  @Override
  public TypeInference types() {
    return TypeInference.newBuilder()
        .staticArguments(
            StaticArgument.scalar(Prompts.TEXT, DataTypes.STRING(), false),
            StaticArgument.scalar("schema", DataTypes.STRING(), false))
        .outputTypeStrategy(context -> Optional.of(type(context).toInternal()))
        .build();
  }

  private static DataType type(CallContext context) {
    return TypeConversions.fromLogicalToDataType(row(context));
  }

  private static RowType row(CallContext context) {
    Optional<String> schema =
        context.isArgumentLiteral(SCHEMA)
            ? context.getArgumentValue(SCHEMA, String.class)
            : Optional.empty();
    String text =
        schema.orElseThrow(
            () ->
                new ValidationException(
                    "the schema of AI_EXTRACT must be a constant, such as 'name STRING, age INT'"));
    try {
      RowType type =
          (RowType)
              LogicalTypeParser.parse(
                  "ROW<%s>".formatted(text), ExtractFunction.class.getClassLoader());
      FieldTypes.of("schema", type); // Refuses what answers cannot be held to.
      return type;
    } catch (InvalidRequestException e) {
      throw new ValidationException("AI_EXTRACT: " + e.getMessage());
    } catch (ValidationException | ClassCastException e) {
      throw new ValidationException(
          "the schema of AI_EXTRACT must be columns, such as 'name STRING, age INT', but is \"%s\""
              .formatted(Excerpt.of(text)),
          e);
    }
  }

  @Override
  public TextFunction.Call call(CallContext context) {
    return new Call(row(context));
  }

  private record Call(RowType type) implements TextFunction.Call {
    private static final long serialVersionUID = 1L;

    @Override
    public Prompts.Prompted prompted(Object[] arguments) {
      return Prompts.extract(((FieldType.Row) FieldTypes.of("schema", type)).fields());
    }

    @Override
    public Object value(TaskResult result) {
      return InternalValues.of(type, ((TaskResult.Fields) result).values());
    }
  }
}

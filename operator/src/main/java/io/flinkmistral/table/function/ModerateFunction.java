package io.flinkmistral.table.function;

import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.Verdict;
import io.flinkmistral.table.column.InternalValues;
import io.flinkmistral.task.Prompts;
import io.flinkmistral.task.Rubric;
import io.flinkmistral.task.RubricReader;
import io.flinkmistral.task.work.TaskResult;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.inference.CallContext;
import org.apache.flink.table.types.inference.TypeInference;
import org.apache.flink.table.types.logical.RowType;

/**
 * {@code AI_MODERATE(text)}, {@code AI_MODERATE(text, 'paper')}: a row with whether the text is
 * flagged, the categories that it falls into, and the scores of all, each by its name.
 */
public final class ModerateFunction implements TextFunction {
  private static final String FLAGGED = "flagged";
  private static final String CATEGORIES = "categories";

  @Override
  public String name() {
    return "AI_MODERATE";
  }

  @Override
  public TypeInference types() {
    return TypeInference.newBuilder()
        .inputTypeStrategy(TextFunction.textAndPerhaps(DataTypes.STRING()))
        .outputTypeStrategy(context -> Optional.of(type(rubric(context)).toInternal()))
        .build();
  }

  private static Rubric rubric(CallContext context) {
    if (context.getArgumentDataTypes().size() < 2) {
      return Rubric.MISTRAL;
    }
    Optional<String> word =
        context.isArgumentLiteral(1) ? context.getArgumentValue(1, String.class) : Optional.empty();
    try {
      return withNamesOfFields(
          RubricReader.read(
              word.orElseThrow(
                  () ->
                      new InvalidRequestException(
                          "rubric", "a rubric must be a constant: " + RubricReader.WORDS))));
    } catch (InvalidRequestException e) {
      throw new ValidationException("AI_MODERATE: " + e.getMessage());
    }
  }

  /** Each category is a field of the row, beside two others. */
  private static Rubric withNamesOfFields(Rubric rubric) {
    for (String name : List.of(FLAGGED, CATEGORIES)) {
      if (rubric.names().contains(name)) {
        throw new InvalidRequestException(
            "rubric",
            "no category of AI_MODERATE can be called %s: the row has a field of that name"
                .formatted(name));
      }
    }
    return rubric;
  }

  private static DataType type(Rubric rubric) {
    List<DataTypes.Field> fields = new ArrayList<>();
    fields.add(DataTypes.FIELD(FLAGGED, DataTypes.BOOLEAN()));
    fields.add(DataTypes.FIELD(CATEGORIES, DataTypes.ARRAY(DataTypes.STRING())));
    rubric.names().forEach(name -> fields.add(DataTypes.FIELD(name, DataTypes.DOUBLE())));
    return DataTypes.ROW(fields);
  }

  @Override
  public TextFunction.Call call(CallContext context) {
    return new Call(rubric(context));
  }

  private record Call(Rubric rubric) implements TextFunction.Call {
    private static final long serialVersionUID = 1L;

    @Override
    public Prompts.Prompted prompted(Object[] arguments) {
      return Prompts.moderate(rubric);
    }

    @Override
    public Object value(TaskResult result) {
      Verdict verdict = ((TaskResult.Moderation) result).verdict();
      Map<String, Object> fields = new HashMap<>(verdict.scores());
      fields.put(FLAGGED, verdict.flagged());
      fields.put(CATEGORIES, verdict.flaggedCategories());
      return InternalValues.of((RowType) type(rubric).getLogicalType(), fields);
    }
  }
}

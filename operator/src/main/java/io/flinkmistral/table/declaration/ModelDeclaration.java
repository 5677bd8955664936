package io.flinkmistral.table.declaration;

import io.flinkmistral.operator.model.ModelCheck;
import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.NearestNames;
import io.flinkmistral.table.column.InputColumns;
import io.flinkmistral.table.column.OutputColumn;
import io.flinkmistral.table.prediction.Prediction;
import io.flinkmistral.task.Task;
import io.flinkmistral.task.prompt.PromptTemplate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.catalog.Column;
import org.apache.flink.table.catalog.ResolvedCatalogModel;
import org.apache.flink.table.catalog.ResolvedSchema;
import org.apache.flink.table.factories.FactoryUtil;
import org.apache.flink.table.types.logical.RowType;

/** A {@code CREATE MODEL} statement, read. */
public final class ModelDeclaration {
  private final Configuration options;
  private final ResolvedSchema input;
  private final ResolvedSchema output;
  private final Configuration engine;

  private ModelDeclaration(ResolvedCatalogModel model, ReadableConfig session) {
    checkNames(model.getOptions().keySet());
    this.options = Configuration.fromMap(model.getOptions());
    this.input = model.getResolvedInputSchema();
    this.output = model.getResolvedOutputSchema();
    ModelOptions.CHECKED.check(options);
    this.engine = EngineOptions.of(session, model.getOptions());
  }

  /**
   * Reads and checks all that can be checked from here, the model's files included where they are
   * on this machine.
   *
   * @param name of the model, for messages
   * @throws ValidationException with all that is wrong in one line
   */
  public static Prediction read(String name, ResolvedCatalogModel model, ReadableConfig session) {
    try {
      ModelDeclaration declaration = new ModelDeclaration(model, session);
      Prediction prediction = declaration.prediction();
      declaration.checkFiles();
      return prediction;
    } catch (IllegalArgumentException | IOException e) {
      throw new ValidationException(
          "model %s: %s".formatted(Excerpt.of(name), Excerpt.ofMessage(message(e))));
    }
  }

  private static String message(Exception e) {
    return Optional.ofNullable(e.getMessage()).orElse(e.toString());
  }

  private static void checkNames(Set<String> given) {
    Set<String> known = new TreeSet<>();
    known.add(FactoryUtil.PROVIDER.key());
    known.add(FactoryUtil.PROPERTY_VERSION.key());
    ModelOptions.CHECKED.options().stream().map(ConfigOption::key).forEach(known::add);
    EngineOptions.all().stream().map(ConfigOption::key).forEach(known::add);
    for (String key : given) {
      if (!known.contains(key)) {
        throw new IllegalArgumentException(
            "there is no option %s%s"
                .formatted(Excerpt.of(key), NearestNames.question("", key, known)));
      }
    }
  }

  private Prediction prediction() {
    requirePhysical("INPUT", input);
    requirePhysical("OUTPUT", output);
    TaskReader reader = new TaskReader(options);
    List<String> columns = input.getColumnNames();
    List<OutputColumn> outputs = reader.outputs(type(output));
    boolean failover = options.get(ModelOptions.ERROR_HANDLING).equals(ModelOptions.FAILOVER);
    requireNullable(outputs, failover);
    PromptTemplate template = reader.template(columns);
    Task task = reader.task(outputs, this::comment);
    task.requireColumns(columns);
    task.requireFits(template);
    return new Prediction(
        engine.toMap(),
        template,
        task,
        reader.limits(),
        InputColumns.of(type(input)),
        outputs,
        failover);
  }

  private static RowType type(ResolvedSchema schema) {
    return (RowType) schema.toPhysicalRowDataType().getLogicalType();
  }

  private String comment(String column) {
    return output.getColumn(column).flatMap(Column::getComment).orElse("");
  }

  private static void requirePhysical(String what, ResolvedSchema schema) {
    for (Column column : schema.getColumns()) {
      if (!column.isPhysical()) {
        throw new InvalidRequestException(
            what,
            "column %s of %s must have a name and a type, and nothing else"
                .formatted(Excerpt.of(column.getName()), what));
      }
    }
  }

  /** What a row without a result, or one that says nothing, has in a column is NULL. */
  private static void requireNullable(List<OutputColumn> outputs, boolean failover) {
    for (OutputColumn column : outputs) {
      if (!column.type().isNullable()
          && (!failover || column.source() != OutputColumn.Source.FIELD)) {
        throw new InvalidRequestException(
            "OUTPUT",
            "column %s of OUTPUT is NOT NULL, but a row without a result has NULL there: leave NOT NULL out%s"
                .formatted(
                    Excerpt.of(column.name()),
                    column.source() == OutputColumn.Source.FIELD
                        ? ", or set error-handling-strategy to failover"
                        : ""));
      }
    }
  }

  /** Where statements are planned on a machine without the model, TaskManagers check it. */
  private void checkFiles() throws IOException {
    if (Files.exists(Path.of(engine.get(EngineOptions.MODEL_PATH)))) {
      ModelCheck.check(engine);
    }
  }
}

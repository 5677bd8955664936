package io.flinkmistral.table.prediction;

import io.flinkmistral.table.column.InputColumns;
import io.flinkmistral.table.column.OutputColumn;
import io.flinkmistral.task.Task;
import io.flinkmistral.task.prompt.PromptTemplate;
import io.flinkmistral.task.prompt.TaskLimits;
import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;

/**
 * What is to be done with each row: a model's declaration, read and checked.
 *
 * @param engine options of the model itself
 * @param failover whether a row without a result fails the job
 */
public record Prediction(
    Map<String, String> engine,
    PromptTemplate template,
    Task task,
    TaskLimits limits,
    InputColumns inputs,
    List<OutputColumn> outputs,
    boolean failover)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** The same, with a time that a row may take. */
  public Prediction within(Optional<Duration> deadline) {
    return deadline
        .map(
            time ->
                new Prediction(
                    engine, template, task, limits.withDeadline(time), inputs, outputs, failover))
        .orElse(this);
  }

  /** Columns of a row that nothing is known of. */
  RowData empty() {
    return new GenericRowData(outputs.size());
  }
}

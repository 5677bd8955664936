package io.flinkmistral.table.function;

import io.flinkmistral.task.prompt.TaskLimits;
import java.io.Serializable;
import java.util.Map;

/**
 * What a module says for all of its functions.
 *
 * @param engine options of the model
 * @param failover whether a text without a result fails the job
 */
public record FunctionSettings(Map<String, String> engine, TaskLimits limits, boolean failover)
    implements Serializable {
  private static final long serialVersionUID = 1L;
}

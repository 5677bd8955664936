package io.flinkmistral.jobs.sql;

import io.flinkmistral.jobs.TinyModel;
import io.flinkmistral.jobs.local.LocalFlink;
import java.nio.file.Path;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;

/**
 * Tables and streams of one program, with the small model.
 *
 * @param env of its streams
 * @param tables whose models are the small one, where they name none
 */
record TestTables(StreamExecutionEnvironment env, StreamTableEnvironment tables) {
  /** A Flink with four slots, where a job that fails has failed. */
  static LocalFlink startFlink(Path folder) throws Exception {
    return LocalFlink.start(
        folder,
        4,
        new Configuration()
            .set(CoreOptions.DEFAULT_PARALLELISM, 1)
            .set(RestartStrategyOptions.RESTART_STRATEGY, "none"));
  }

  static TestTables of(LocalFlink flink, int parallelism, RuntimeExecutionMode mode) {
    StreamExecutionEnvironment env = flink.environment();
    env.configure(new Configuration().set(ExecutionOptions.RUNTIME_MODE, mode));
    env.setParallelism(parallelism);
    StreamTableEnvironment tables = StreamTableEnvironment.create(env);
    tables.getConfig().set("mistral.model.path", TinyModel.PATH.toString());
    return new TestTables(env, tables);
  }
}

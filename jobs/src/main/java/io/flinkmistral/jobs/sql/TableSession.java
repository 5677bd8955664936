package io.flinkmistral.jobs.sql;

import java.net.URL;
import java.util.Map;
import java.util.Set;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableConfig;
import org.apache.flink.table.api.bridge.internal.AbstractStreamTableEnvironmentImpl;
import org.apache.flink.table.api.bridge.java.internal.StreamTableEnvironmentImpl;
import org.apache.flink.table.api.internal.TableEnvironmentInternal;
import org.apache.flink.table.catalog.CatalogManager;
import org.apache.flink.table.catalog.CatalogStoreHolder;
import org.apache.flink.table.catalog.FunctionCatalog;
import org.apache.flink.table.catalog.GenericInMemoryCatalog;
import org.apache.flink.table.catalog.GenericInMemoryCatalogStore;
import org.apache.flink.table.delegation.Executor;
import org.apache.flink.table.factories.PlannerFactoryUtil;
import org.apache.flink.table.module.ModuleManager;
import org.apache.flink.table.resource.ResourceManager;
import org.apache.flink.util.FlinkUserCodeClassLoaders;
import org.apache.flink.util.MutableURLClassLoader;

/**
 * Catalogs, functions, modules and options of a session. A table environment is of one runtime mode
 * for ever; here it is made anew where {@code execution.runtime-mode} is set, and all else stays,
 * as in Flink's SQL client.
 */
final class TableSession {
  private final StreamExecutionEnvironment env;
  private final MutableURLClassLoader classLoader;
  private final Executor executor;
  private final TableConfig config = TableConfig.getDefault();

  /** What options are before they are set, and again when they are reset. */
  private final Map<String, String> initial;

  private final ResourceManager resources;
  private final ModuleManager modules = new ModuleManager();
  private final CatalogManager catalogs;
  private final FunctionCatalog functions;
  private TableEnvironmentInternal tables;

  TableSession(StreamExecutionEnvironment env, Configuration options) {
    this.env = env;
    EnvironmentSettings settings =
        EnvironmentSettings.newInstance().withConfiguration(options).build();
    classLoader =
        FlinkUserCodeClassLoaders.create(
            new URL[0], Thread.currentThread().getContextClassLoader(), options);
    executor = AbstractStreamTableEnvironmentImpl.lookupExecutor(classLoader, env);
    config.setRootConfiguration(executor.getConfiguration());
    config.addConfiguration(settings.getConfiguration());
    initial = Map.copyOf(config.getConfiguration().toMap());
    resources = new ResourceManager(config.getConfiguration(), classLoader);
    catalogs =
        CatalogManager.newBuilder()
            .classLoader(classLoader)
            .config(config)
            .defaultCatalog(
                settings.getBuiltInCatalogName(),
                new GenericInMemoryCatalog(
                    settings.getBuiltInCatalogName(), settings.getBuiltInDatabaseName()))
            .executionConfig(env.getConfig())
            .catalogStoreHolder(
                CatalogStoreHolder.newBuilder()
                    .classloader(classLoader)
                    .config(config)
                    .catalogStore(new GenericInMemoryCatalogStore())
                    .build())
            .build();
    modules.loadModule(EndingTables.NAME, new EndingTables());
    functions = new FunctionCatalog(config, resources, catalogs, modules);
    tables = environment();
  }

  TableEnvironmentInternal tables() {
    return tables;
  }

  void set(String key, String value) {
    config.set(key, value);
    changed(key);
  }

  /** The option is again what it was when the session began. */
  void reset(String key) {
    config.getConfiguration().removeKey(key);
    if (initial.containsKey(key)) {
      config.set(key, initial.get(key));
    }
    changed(key);
  }

  /** All options are. */
  void resetAll() {
    Set.copyOf(config.getConfiguration().keySet()).forEach(this::reset);
    initial.keySet().forEach(this::reset);
  }

  private void changed(String key) {
    if (key.equals(ExecutionOptions.RUNTIME_MODE.key())) {
      tables = environment();
    }
  }

  private TableEnvironmentInternal environment() {
    boolean streaming = config.get(ExecutionOptions.RUNTIME_MODE) == RuntimeExecutionMode.STREAMING;
    return new StreamTableEnvironmentImpl(
        catalogs,
        modules,
        resources,
        functions,
        config,
        env,
        PlannerFactoryUtil.createPlanner(
            executor, config, classLoader, modules, catalogs, functions),
        executor,
        streaming);
  }
}

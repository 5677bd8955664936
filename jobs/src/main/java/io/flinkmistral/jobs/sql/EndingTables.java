package io.flinkmistral.jobs.sql;

import java.util.Optional;
import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.streaming.connectors.kafka.table.KafkaDynamicSource;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.factories.DynamicTableSourceFactory;
import org.apache.flink.table.factories.FactoryUtil;
import org.apache.flink.table.module.Module;

/**
 * Has tables of topics end that are to end, whatever happens to their job ({@link EndingTable}).
 * Flink asks a module for the sources of all tables before it looks for their connectors.
 */
final class EndingTables implements Module, DynamicTableSourceFactory {
  /** By which a session knows it. */
  static final String NAME = "mistral_kafka";

  @Override
  public Optional<DynamicTableSourceFactory> getTableSourceFactory() {
    return Optional.of(this);
  }

  @Override
  public DynamicTableSource createDynamicTableSource(Context context) {
    DynamicTableSource table =
        FactoryUtil.createDynamicTableSource(
            null, // Whichever the table's connector is.
            context.getObjectIdentifier(),
            context.getCatalogTable(),
            context.getEnrichmentOptions(),
            context.getConfiguration(),
            context.getClassLoader(),
            context.isTemporary());
    return table instanceof KafkaDynamicSource topic ? new EndingTable(topic) : table;
  }

  @Override
  public String factoryIdentifier() {
    return NAME;
  }

  @Override
  public Set<ConfigOption<?>> requiredOptions() {
    return Set.of();
  }

  @Override
  public Set<ConfigOption<?>> optionalOptions() {
    return Set.of();
  }
}

package io.flinkmistral.jobs.sql;

import io.flinkmistral.jobs.kafka.source.EndingTopicSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.DataStreamSource;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.transformations.SourceTransformation;
import org.apache.flink.streaming.connectors.kafka.table.KafkaDynamicSource;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.ProviderContext;
import org.apache.flink.table.connector.source.DataStreamScanProvider;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.connector.source.ScanTableSource;
import org.apache.flink.table.connector.source.abilities.SupportsReadingMetadata;
import org.apache.flink.table.connector.source.abilities.SupportsWatermarkPushDown;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.DataType;

/**
 * A table of a topic which, where it ends, also ends when its job goes on from a checkpoint; see
 * {@link EndingTopicSource}. All else is as the connector has it.
 *
 * @param table of the connector
 */
record EndingTable(KafkaDynamicSource table)
    implements ScanTableSource, SupportsReadingMetadata, SupportsWatermarkPushDown {

  @Override
  public ChangelogMode getChangelogMode() {
    return table.getChangelogMode();
  }

  @Override
  public ScanRuntimeProvider getScanRuntimeProvider(ScanContext context) {
    ScanRuntimeProvider provider = table.getScanRuntimeProvider(context);
    return provider.isBounded() && provider instanceof DataStreamScanProvider stream
        ? new Ending(stream)
        : provider;
  }

  @Override
  public Map<String, DataType> listReadableMetadata() {
    return table.listReadableMetadata();
  }

  @Override
  public void applyReadableMetadata(List<String> keys, DataType produced) {
    table.applyReadableMetadata(keys, produced);
  }

  @Override
  public boolean supportsMetadataProjection() {
    return table.supportsMetadataProjection();
  }

  @Override
  public void applyWatermark(WatermarkStrategy<RowData> strategy) {
    table.applyWatermark(strategy);
  }

  @Override
  public DynamicTableSource copy() {
    return new EndingTable((KafkaDynamicSource) table.copy());
  }

  @Override
  public String asSummaryString() {
    return table.asSummaryString();
  }

  /** The connector's stream with another source in the place of its own. */
  private record Ending(DataStreamScanProvider connectors) implements DataStreamScanProvider {
    @Override
    public DataStream<RowData> produceDataStream(
        ProviderContext context, StreamExecutionEnvironment env) {
      DataStream<RowData> stream = connectors.produceDataStream(context, env);
      return stream.getTransformation() instanceof SourceTransformation<RowData, ?, ?> source
              && source.getSource() instanceof KafkaSource<?> topic
          ? ending(env, source, topic)
          : stream;
    }

    private static DataStream<RowData> ending(
        StreamExecutionEnvironment env,
        SourceTransformation<RowData, ?, ?> source,
        KafkaSource<?> topic) {
      @SuppressWarnings("unchecked") // The transformation is of rows.
      KafkaSource<RowData> rows = (KafkaSource<RowData>) topic;
      DataStreamSource<RowData> stream =
          env.fromSource(
              new EndingTopicSource<>(rows),
              source.getWatermarkStrategy(),
              source.getName(),
              source.getOutputType());
      Optional.ofNullable(source.getUid()).ifPresent(stream::uid);
      return stream;
    }

    @Override
    public boolean isBounded() {
      return connectors.isBounded();
    }

    @Override
    public Optional<Integer> getParallelism() {
      return connectors.getParallelism();
    }
  }
}

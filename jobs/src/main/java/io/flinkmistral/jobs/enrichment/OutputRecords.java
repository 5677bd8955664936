package io.flinkmistral.jobs.enrichment;

import io.flinkmistral.enrichment.Enriched;
import io.flinkmistral.protocol.ErrorCode;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Enriched records to what goes out; counts both kinds, and says now and then how far it is. */
final class OutputRecords extends RichMapFunction<Enriched<InputRecord>, OutputRecord> {
  private static final long serialVersionUID = 1L;
  private static final Logger LOG = LoggerFactory.getLogger(OutputRecords.class);
  private static final long BETWEEN_NANOS = 10_000_000_000L;

  private final InputFormat format;
  private final ResultFields fields;
  private final RowLimit limit;

  private transient MetricGroup group;
  private transient Counter rows;
  private transient Map<String, Counter> letters;
  private transient long lastNanos;
  private transient long lastRecords;

  OutputRecords(InputFormat format, ResultFields fields, RowLimit limit) {
    this.format = format;
    this.fields = fields;
    this.limit = limit;
  }

  @Override
  public void open(OpenContext context) {
    limit.open();
    group = getRuntimeContext().getMetricGroup().addGroup("mistral");
    rows = group.counter("rows_total");
    letters = new HashMap<>();
    lastNanos = System.nanoTime();
  }

  @Override
  public OutputRecord map(Enriched<InputRecord> enriched) {
    OutputRecord out = of(enriched);
    if (out.isRow()) {
      rows.inc();
    } else {
      letters
          .computeIfAbsent(
              out.code(), code -> group.addGroup("code", code).counter("dead_letters_total"))
          .inc();
    }
    tell();
    return out;
  }

  private OutputRecord of(Enriched<InputRecord> enriched) {
    InputRecord record = enriched.record();
    return switch (enriched) {
      case Enriched.Done<InputRecord> done -> {
        byte[] row = format.row(DeadLetter.record(record.value()), fields.of(done.result()));
        yield limit
            .refusal(OutputRecord.row(record, row))
            .map(message -> OutputRecord.letter(record, ErrorCode.ANSWER_TOO_LARGE, "", message))
            .orElse(OutputRecord.row(record, row));
      }
      case Enriched.Failed<InputRecord> failed ->
          OutputRecord.letter(record, failed.code(), failed.parameter(), failed.message());
    };
  }

  private void tell() {
    long now = System.nanoTime();
    if (now - lastNanos < BETWEEN_NANOS) {
      return;
    }
    long failed = letters.values().stream().mapToLong(Counter::getCount).sum();
    long records = rows.getCount() + failed;
    LOG.info(
        "{} records enriched, {} dead letters, {} records a second",
        rows.getCount(),
        failed,
        "%.1f".formatted((records - lastRecords) * 1e9 / (now - lastNanos)));
    lastNanos = now;
    lastRecords = records;
  }
}

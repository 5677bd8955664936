package io.flinkmistral.mailbox.coordination;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SourceSplit;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.transformations.SourceTransformation;

/**
 * A source without records that ends when all requests are answered.
 *
 * <p>Once all inputs of a task have ended, no aligned barrier reaches it any more: Flink ends and
 * finishes its operators in one go. With this as a second input, requests may end long before their
 * answers, and checkpoints and savepoints run until the last one is out.
 */
public final class HoldOpenSource implements Source<Void, HoldOpenSource.NoSplit, Void> {
  private static final long serialVersionUID = 1L;

  private final boolean open;

  private HoldOpenSource(boolean open) {
    this.open = open;
  }

  /**
   * Adds it to a job.
   *
   * @param name of the operator that it is for; no two in a job are the same
   * @param batch whether it is a batch job, which has no checkpoints, and whose tasks begin when
   *     their inputs have ended: there it ends at once
   */
  public static DataStream<Void> add(StreamExecutionEnvironment env, String name, boolean batch) {
    SingleOutputStreamOperator<Void> source =
        env.fromSource(
                new HoldOpenSource(!batch),
                WatermarkStrategy.noWatermarks(),
                "open until all is answered",
                Types.VOID)
            .setParallelism(1)
            .uid(name + "-open");
    ((SourceTransformation<?, ?, ?>) source.getTransformation())
        .setCoordinatorListeningID(listener(name));
    return source;
  }

  /** By which the coordinator of the operator finds that of this source. */
  static String listener(String name) {
    return name + "-requests-answered";
  }

  /** Unbounded while it is open: a job that is made a batch job too late is refused by Flink. */
  @Override
  public Boundedness getBoundedness() {
    return open ? Boundedness.CONTINUOUS_UNBOUNDED : Boundedness.BOUNDED;
  }

  @Override
  public SourceReader<Void, NoSplit> createReader(SourceReaderContext context) {
    return new Reader();
  }

  @Override
  public SplitEnumerator<NoSplit, Void> createEnumerator(SplitEnumeratorContext<NoSplit> context) {
    return new Enumerator(context, open);
  }

  @Override
  public SplitEnumerator<NoSplit, Void> restoreEnumerator(
      SplitEnumeratorContext<NoSplit> context, Void checkpoint) {
    return createEnumerator(context);
  }

  @Override
  public SimpleVersionedSerializer<NoSplit> getSplitSerializer() {
    return new NothingSerializer<>();
  }

  @Override
  public SimpleVersionedSerializer<Void> getEnumeratorCheckpointSerializer() {
    return new NothingSerializer<>();
  }

  /** There is none. */
  public static final class NoSplit implements SourceSplit {
    private NoSplit() {}

    @Override
    public String splitId() {
      return "";
    }
  }

  private static final class NothingSerializer<T> implements SimpleVersionedSerializer<T> {
    @Override
    public int getVersion() {
      return 1;
    }

    @Override
    public byte[] serialize(T nothing) {
      return new byte[0];
    }

    @Override
    public T deserialize(int version, byte[] serialized) {
      return null;
    }
  }

  private static final class Enumerator implements SplitEnumerator<NoSplit, Void> {
    private final SplitEnumeratorContext<NoSplit> context;
    private boolean open;

    Enumerator(SplitEnumeratorContext<NoSplit> context, boolean open) {
      this.context = context;
      this.open = open;
    }

    @Override
    public void addReader(int subtask) {
      if (!open) {
        context.signalNoMoreSplits(subtask);
      }
    }

    @Override
    public void handleSourceEvent(int subtask, SourceEvent requestsAnswered) {
      open = false;
      context.registeredReaders().keySet().forEach(context::signalNoMoreSplits);
    }

    @Override
    public void start() {}

    @Override
    public void handleSplitRequest(int subtask, String host) {}

    @Override
    public void addSplitsBack(List<NoSplit> splits, int subtask) {}

    @Override
    public Void snapshotState(long checkpointId) {
      return null;
    }

    @Override
    public void close() {}
  }

  private static final class Reader implements SourceReader<Void, NoSplit> {
    private final CompletableFuture<Void> end = new CompletableFuture<>();

    @Override
    public InputStatus pollNext(ReaderOutput<Void> output) {
      return end.isDone() ? InputStatus.END_OF_INPUT : InputStatus.NOTHING_AVAILABLE;
    }

    @Override
    public CompletableFuture<Void> isAvailable() {
      return end;
    }

    @Override
    public void notifyNoMoreSplits() {
      end.complete(null);
    }

    @Override
    public void start() {}

    @Override
    public List<NoSplit> snapshotState(long checkpointId) {
      return List.of();
    }

    @Override
    public void addSplits(List<NoSplit> splits) {}

    @Override
    public void close() {}
  }
}

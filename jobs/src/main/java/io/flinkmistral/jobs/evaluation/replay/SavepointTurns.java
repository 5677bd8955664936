package io.flinkmistral.jobs.evaluation.replay;

import io.flinkmistral.operator.MistralStreams;
import io.flinkmistral.operator.SavedConversations;
import java.io.IOException;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.KeyGroupsSavepointStateHandle;
import org.apache.flink.runtime.state.KeyGroupsStateHandle;
import org.apache.flink.state.api.OperatorIdentifier;
import org.apache.flink.state.api.SavepointReader;
import org.apache.flink.state.api.runtime.SavepointLoader;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.CloseableIterator;

/** The turns in a savepoint or retained checkpoint of a chat job, which is only read. */
public final class SavepointTurns {
  private static final OperatorIdentifier CHAT = OperatorIdentifier.forUid(MistralStreams.UID);

  private SavepointTurns() {}

  /** Takes questions, each a line. */
  @FunctionalInterface
  public interface Lines {
    void accept(byte[] line) throws IOException;
  }

  /**
   * Reads all turns that have ended.
   *
   * @param path of the savepoint, as Flink names it
   * @return fingerprints of the tokenizers that they are of
   * @throws IOException if it is none, or one of another job, or cannot be read
   */
  public static Set<String> read(String path, double temperature, Lines lines) throws IOException {
    StreamExecutionEnvironment env = environment(backend(chat(path)));
    try {
      CloseableIterator<Tuple2<String, byte[]>> turns =
          SavepointReader.read(env, path)
              .readKeyedState(
                  CHAT,
                  new TurnReader(temperature),
                  SavedConversations.keyType(),
                  Types.TUPLE(Types.STRING, Types.PRIMITIVE_ARRAY(Types.BYTE)))
              .executeAndCollect();
      try {
        return write(turns, lines);
      } finally {
        turns.close();
      }
    } catch (Exception e) {
      throw new IOException(path + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static Set<String> write(Iterator<Tuple2<String, byte[]>> turns, Lines lines)
      throws IOException {
    Set<String> tokenizers = new HashSet<>();
    while (turns.hasNext()) {
      Tuple2<String, byte[]> turn = turns.next();
      tokenizers.add(turn.f0);
      lines.accept(turn.f1);
    }
    return tokenizers;
  }

  private static OperatorState chat(String path) throws IOException {
    List<OperatorState> operators;
    try {
      operators = List.copyOf(SavepointLoader.loadSavepointMetadata(path).getOperatorStates());
    } catch (IOException | RuntimeException e) {
      throw new IOException(
          "%s is no savepoint: name the folder of a savepoint or retained checkpoint that has the file _metadata"
              .formatted(path),
          e);
    }
    return operators.stream()
        .filter(state -> state.getOperatorID().equals(CHAT.getOperatorId()))
        .findFirst()
        .orElseThrow(
            () ->
                new IOException(
                    "%s is of another job: it has no operator with the uid \"%s\", which has the conversations of a chat job"
                        .formatted(path, MistralStreams.UID)));
  }

  /** A canonical one can be read by both: RocksDB does not need all of it in memory. */
  private static String backend(OperatorState chat) {
    return chat.getStates().stream()
            .map(OperatorSubtaskState::getManagedKeyedState)
            .flatMap(states -> states.stream())
            .anyMatch(
                state ->
                    state instanceof KeyGroupsStateHandle
                        && !(state instanceof KeyGroupsSavepointStateHandle))
        ? "hashmap"
        : "rocksdb";
  }

  /** Not Flink's local one, which must not be made where a client submits. */
  private static StreamExecutionEnvironment environment(String backend) {
    Configuration configuration =
        new Configuration()
            .set(DeploymentOptions.TARGET, "local")
            .set(DeploymentOptions.ATTACHED, true)
            .set(CoreOptions.DEFAULT_PARALLELISM, 1)
            .set(RestOptions.BIND_PORT, "0")
            .set(StateBackendOptions.STATE_BACKEND, backend);
    ClassLoader own = SavepointTurns.class.getClassLoader();
    if (own != StreamExecutionEnvironment.class.getClassLoader()) {
      configuration.set(
          PipelineOptions.JARS,
          List.of(
              SavepointTurns.class.getProtectionDomain().getCodeSource().getLocation().toString()));
    }
    return new StreamExecutionEnvironment(configuration, own);
  }
}

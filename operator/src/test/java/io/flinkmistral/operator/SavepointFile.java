package io.flinkmistral.operator;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.flink.runtime.checkpoint.Checkpoints;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.shaded.guava33.com.google.common.hash.Hashing;

/** The operator's state as a savepoint of one file, {@code _metadata}, as Flink restores it. */
final class SavepointFile {
  static final String NAME = "_metadata";

  private SavepointFile() {}

  /** Writes the state of one subtask that had all keys; its handles must be in memory. */
  static void write(OperatorSubtaskState state, Path folder) throws IOException {
    OperatorState operator =
        new OperatorState(
            "Mistral", MistralStreams.UID, operatorId(), 1, OperatorHarness.MAX_PARALLELISM);
    operator.putState(0, state);
    Files.createDirectories(folder);
    try (OutputStream out = Files.newOutputStream(folder.resolve(NAME))) {
      Checkpoints.storeCheckpointMetadata(
          new CheckpointMetadata(1, List.of(operator), List.of()), out);
    }
  }

  static OperatorSubtaskState read(InputStream metadata) throws IOException {
    try (DataInputStream in = new DataInputStream(metadata)) {
      return Checkpoints.loadCheckpointMetadata(in, SavepointFile.class.getClassLoader(), NAME)
          .getOperatorStates()
          .iterator()
          .next()
          .getState(0);
    }
  }

  /** As Flink makes it of the uid. */
  private static OperatorID operatorId() {
    return new OperatorID(
        Hashing.murmur3_128(0).hashString(MistralStreams.UID, StandardCharsets.UTF_8).asBytes());
  }
}

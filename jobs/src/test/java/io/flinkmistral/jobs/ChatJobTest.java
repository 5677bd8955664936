package io.flinkmistral.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.flink.client.program.ProgramParametrizationException;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChatJobTest {
  private final StreamExecutionEnvironment env =
      new StreamExecutionEnvironment(new Configuration());

  @Test
  void configuresCheckpointsAndKeyGroups() {
    prepare("--model.path=" + TinyModel.PATH, "--checkpoint.interval=3 s");
    assertThat(env.getMaxParallelism()).isEqualTo(128);
    assertThat(env.getCheckpointInterval()).isEqualTo(3000);
    assertThat(env.getCheckpointConfig().getCheckpointingConsistencyMode())
        .isEqualTo(CheckpointingMode.EXACTLY_ONCE);
    assertThat(env.getCheckpointConfig().isUnalignedCheckpointsEnabled()).isTrue();
  }

  /**
   * Flink makes up the others from the shape of the job, and a savepoint is lost when it changes.
   */
  @Test
  void everyOperatorThatMayHoldStateHasAnIdOfItsOwn() {
    prepare("--model.path=" + TinyModel.PATH);
    StreamGraph graph = env.getStreamGraph();
    assertThat(graph.getStreamNodes())
        .filteredOn(n -> n.getTransformationUID() == null)
        .extracting(StreamNode::getOperatorName)
        .isEmpty();
    assertThat(graph.getStreamNodes())
        .extracting(StreamNode::getTransformationUID)
        .containsExactlyInAnyOrder(
            "prompts",
            "split-rejected",
            "mistral",
            "mistral-open",
            "route",
            "completions",
            "Sink Committer: completions",
            "only-tokens",
            "tokens",
            "Sink Committer: tokens");
  }

  @Test
  void saysInOneLineWhatIsWrong(@TempDir Path folder) throws Exception {
    Path noModel = Files.writeString(folder.resolve("notes.gguf"), "This is not a model.");
    refuses(noModel + ": at byte 0", "--model.path=" + noModel);
    refuses("--model.path is missing", "--kv.type=f32");
    refuses("there is no option --kv.typ", "--kv.typ=f32");
    refuses(
        "option kv.type cannot be \"f64\": it must be f32, f16 or q8_0",
        "--kv.type=f64",
        "--model.path=" + TinyModel.PATH);
  }

  @Test
  void leavesAModelThatIsElsewhereToTheTaskManagers(@TempDir Path folder) {
    prepare("--model.path=" + folder.resolve("elsewhere.gguf"));
    assertThat(env.getStreamGraph().getStreamNodes()).isNotEmpty();
  }

  private void prepare(String... arguments) {
    ChatJob.prepare(env, Map.of(), arguments);
  }

  private void refuses(String message, String... arguments) {
    assertThatExceptionOfType(ProgramParametrizationException.class)
        .isThrownBy(() -> prepare(arguments))
        .withMessageContaining(message)
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"))
        .satisfies(e -> assertThat(e.getStackTrace()).isEmpty());
  }
}

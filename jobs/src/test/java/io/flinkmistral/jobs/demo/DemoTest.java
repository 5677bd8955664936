package io.flinkmistral.jobs.demo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The demo in a process of its own, as Maven starts it. */
class DemoTest {
  private static final JsonMapper MAPPER = new JsonMapper();

  @TempDir private Path folder;

  private record Result(int exitCode, List<String> out, String err) {}

  @Test
  void answersPipedPromptsAndLeavesNothingBehind() throws Exception {
    Path temporary = Files.createDirectory(folder.resolve("tmp"));
    Result result =
        demo(
            temporary,
            """
            {"conversation_id": "c", "messages": [{"role": "user", "content": "What is seven plus two?"}]}

            {"request_id": "own", "conversation_id": "c", "messages": []}
            """);
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.out()).hasSize(2);
    List<JsonNode> answers = result.out().stream().map(MAPPER::readTree).toList();
    assertThat(answers)
        .anySatisfy(
            a -> {
              assertThat(a.get("request_id").stringValue()).isEqualTo("line-1");
              assertThat(a.at("/choices/0/message/content").asString())
                  .isEqualTo("Seven plus two is nine.");
            })
        .anySatisfy(
            a -> {
              assertThat(a.get("request_id").stringValue()).isEqualTo("own");
              assertThat(a.at("/error/param").asString()).isEqualTo("messages");
            });
    assertThat(result.err()).contains("the broker listens at 127.0.0.1:", "web page is at http://");
    assertThat(ours(temporary)).isEmpty();
  }

  @Test
  void failsWithOneLineWhereTheModelIsNone() throws Exception {
    Path model = Files.writeString(folder.resolve("model.gguf"), "This is not a model.");
    Result result = demo(folder, "", "-Ddemo.model=" + model);
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.out()).isEmpty();
    assertThat(result.err().lines().filter(l -> !l.startsWith("WARNING")))
        .singleElement()
        .asString()
        .startsWith("demo: ")
        .contains(model.toString());
  }

  private Result demo(Path temporary, String input, String... flags) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElseThrow());
    command.addAll(
        List.of(
            "--add-modules=jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED",
            "--add-opens=java.base/java.util=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-Dlog4j2.configurationFile=classpath:log4j2-demo.properties",
            "-Djava.io.tmpdir=" + temporary));
    command.addAll(List.of(flags));
    command.addAll(List.of("-cp", classPath(), Demo.class.getName()));
    File in = Files.writeString(folder.resolve("in"), input).toFile();
    File out = folder.resolve("out").toFile();
    File err = folder.resolve("err").toFile();
    Process process =
        new ProcessBuilder(command)
            .redirectInput(in)
            .redirectOutput(out)
            .redirectError(err)
            .start();
    try {
      return new Result(
          process.waitFor(),
          Files.readAllLines(out.toPath(), UTF_8),
          Files.readString(err.toPath(), UTF_8));
    } finally {
      process.destroyForcibly();
    }
  }

  private static String classPath() {
    return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
  }

  /** Engines of a machine have a folder beside it, by which they share its cores. */
  private static List<Path> ours(Path temporary) throws Exception {
    try (Stream<Path> files = Files.list(temporary)) {
      return files
          .filter(f -> f.getFileName().toString().startsWith("flink-mistral-demo"))
          .toList();
    }
  }
}

package io.flinkmistral.jobs.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;

class JobJarIT {
  private static final long MOST_BYTES = 40L << 20;

  @Test
  void hasNoClassOfFlinkThatTheClusterHas() throws IOException {
    assertThat(FlinkClasspath.jars().toString())
        .contains("flink-runtime", "flink-core", "flink-clients");
    Set<String> shared = new TreeSet<>();
    for (Path jar : FlinkClasspath.jars()) {
      shared.addAll(classes(jar));
    }
    assertThat(shared).contains("org/apache/flink/api/common/JobID.class");
    shared.retainAll(classes(JobJar.PATH));
    // Kafka's compression and Apache Commons are in both: Flink's class loader keeps them apart.
    shared.removeIf(entry -> entry.matches("(org/apache/commons|net/jpountz|org/xerial)/.*"));
    assertThat(shared).isEmpty();
  }

  @Test
  void hasWhatTheClusterLacks() throws IOException {
    assertThat(classes(JobJar.PATH))
        .contains(
            "io/flinkmistral/jobs/ChatJob.class",
            "io/flinkmistral/operator/MistralStreams.class",
            "org/apache/flink/connector/kafka/source/KafkaSource.class",
            "org/apache/flink/connector/base/source/reader/SourceReaderBase.class",
            "org/apache/kafka/clients/consumer/KafkaConsumer.class",
            "tools/jackson/databind/json/JsonMapper.class");
  }

  @Test
  void hasNeitherModelNorDemo() throws IOException {
    assertThat(entries(JobJar.PATH))
        .noneMatch(entry -> entry.matches(".*\\.(gguf|safetensors|pth|model)"))
        .noneMatch(entry -> entry.startsWith("io/flinkmistral/jobs/demo/"))
        .noneMatch(entry -> entry.matches("kafka/server/.*|org/jline/.*|.*log4j2.*\\.properties"));
    assertThat(JobJar.PATH.toFile().length()).isLessThan(MOST_BYTES);
  }

  @Test
  void namesItsMainClass() throws IOException {
    try (JarFile jar = new JarFile(JobJar.PATH.toFile())) {
      assertThat(jar.getManifest().getMainAttributes().getValue("Main-Class"))
          .isEqualTo("io.flinkmistral.jobs.ChatJob");
    }
  }

  private static List<String> classes(Path jar) throws IOException {
    return entries(jar).stream().filter(entry -> entry.endsWith(".class")).toList();
  }

  private static List<String> entries(Path jar) throws IOException {
    try (JarFile file = new JarFile(jar.toFile())) {
      return file.stream().map(entry -> entry.getName()).toList();
    }
  }
}

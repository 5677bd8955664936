package io.flinkmistral.jobs.cluster.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.jobs.ChatJob;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;

/** What is in the job's jar, and what is not. */
class JobJarIT {
  @Test
  void holdsTheJobAndWhatNoClusterHas() throws Exception {
    assertThat(entries(JobJar.PATH))
        .contains(
            "io/flinkmistral/jobs/ChatJob.class",
            "io/flinkmistral/operator/MistralStreams.class",
            "org/apache/flink/connector/base/source/reader/SourceReaderBase.class",
            "org/apache/flink/connector/kafka/sink/KafkaSink.class",
            "org/apache/kafka/clients/consumer/KafkaConsumer.class",
            "tools/jackson/databind/json/JsonMapper.class",
            "META-INF/services/org.apache.kafka.common.config.provider.ConfigProvider",
            "META-INF/services/org.apache.flink.table.factories.Factory",
            "io/flinkmistral/table/factory/MistralModelProviderFactory.class",
            "META-INF/LICENSE");
  }

  @Test
  void holdsNoClassOfFlinkThatAClusterHas() throws Exception {
    Set<String> shared = new TreeSet<>();
    for (Path jar : FlinkClasspath.jars()) {
      shared.addAll(entries(jar));
    }
    assertThat(shared)
        .contains(
            "org/apache/flink/api/common/JobID.class",
            "org/apache/flink/runtime/taskexecutor/TaskManagerRunner.class",
            "org/apache/flink/client/cli/CliFrontend.class");
    shared.retainAll(entries(JobJar.PATH));
    shared.removeIf(entry -> !entry.endsWith(".class"));
    // Kafka's compression and Apache Commons are in both, which Flink's class loader keeps apart;
    // of connectors' base, which Flink's files bring along, it takes its own.
    assertThat(shared)
        .allMatch(
            entry ->
                entry.matches(
                    "(org/apache/commons|net/jpountz|org/xerial|org/apache/flink/connector/base)/.*"));
  }

  @Test
  void holdsNeitherDemoNorClusterNorModel() throws Exception {
    assertThat(entries(JobJar.PATH))
        .noneMatch(
            e ->
                e.startsWith("kafka/server/")
                    || e.startsWith("scala/")
                    || e.startsWith("org/slf4j/")
                    || e.startsWith("org/apache/logging/")
                    || e.startsWith("org/jline/")
                    || e.startsWith("org/apache/flink/table/")
                    || e.contains("log4j2")
                    || e.matches(".*\\.(gguf|safetensors|pth)")
                    || e.endsWith("module-info.class")
                    || e.matches("META-INF/[^/]*\\.(SF|DSA|RSA)"));
  }

  @Test
  void holdsOfOurOwnOnlyWhatAJobNeeds() throws Exception {
    Set<String> packages = new TreeSet<>();
    for (String entry : entries(JobJar.PATH)) {
      if (entry.matches("io/flinkmistral/.*(?<!package-info)\\.class")) {
        packages.add(entry.replaceFirst("^io/flinkmistral/((jobs/)?[a-z]*).*", "$1"));
      }
    }
    assertThat(packages)
        .contains("operator", "model", "jobs/kafka")
        .doesNotContain("tools", "build")
        .filteredOn(name -> name.startsWith("jobs/"))
        .containsExactlyInAnyOrder(
            "jobs/",
            "jobs/client",
            "jobs/enrichment",
            "jobs/evaluation",
            "jobs/json",
            "jobs/kafka",
            "jobs/options",
            "jobs/rocksdb",
            "jobs/sql",
            "jobs/topics");
  }

  @Test
  void saysWhichClassToRun() throws Exception {
    try (JarFile jar = new JarFile(JobJar.PATH.toFile())) {
      Attributes attributes = jar.getManifest().getMainAttributes();
      assertThat(attributes.getValue(Attributes.Name.MAIN_CLASS))
          .isEqualTo(ChatJob.class.getName());
      assertThat(attributes.getValue(Attributes.Name.MULTI_RELEASE)).isEqualTo("true");
    }
  }

  private static List<String> entries(Path jar) throws IOException {
    try (JarFile file = new JarFile(jar.toFile())) {
      return file.stream().map(JarEntry::getName).toList();
    }
  }
}

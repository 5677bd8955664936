package io.flinkmistral.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;

/** What is in the job's jar, and what is not. Runs in the phase {@code verify}, behind the jar. */
class JobJarCheck {
  private static final String JAR = System.getProperty("job.jar");

  @Test
  void holdsTheJobAndWhatNoClusterHas() throws Exception {
    assertThat(entries())
        .contains(
            "io/flinkmistral/jobs/ChatJob.class",
            "io/flinkmistral/operator/MistralStreams.class",
            "org/apache/flink/connector/kafka/sink/KafkaSink.class",
            "org/apache/kafka/clients/consumer/KafkaConsumer.class",
            "tools/jackson/databind/json/JsonMapper.class",
            "META-INF/services/org.apache.kafka.common.config.provider.ConfigProvider",
            "META-INF/LICENSE");
  }

  @Test
  void holdsNeitherFlinkNorTheDemoNorAModel() throws Exception {
    assertThat(entries())
        .noneMatch(
            e ->
                e.startsWith("org/apache/flink/runtime/")
                    || e.startsWith("org/apache/flink/api/")
                    || e.startsWith("org/apache/flink/streaming/api/")
                    || e.startsWith("kafka/server/")
                    || e.startsWith("scala/")
                    || e.startsWith("org/slf4j/")
                    || e.startsWith("org/apache/logging/")
                    || e.startsWith("org/jline/")
                    || e.startsWith("io/flinkmistral/jobs/demo/")
                    || e.contains("log4j2")
                    || e.endsWith(".gguf")
                    || e.endsWith("module-info.class")
                    || e.matches("META-INF/[^/]*\\.(SF|DSA|RSA)"));
  }

  @Test
  void saysWhichClassToRun() throws Exception {
    try (JarFile jar = new JarFile(JAR)) {
      Attributes attributes = jar.getManifest().getMainAttributes();
      assertThat(attributes.getValue(Attributes.Name.MAIN_CLASS))
          .isEqualTo(ChatJob.class.getName());
      assertThat(attributes.getValue(Attributes.Name.MULTI_RELEASE)).isEqualTo("true");
    }
  }

  private static List<String> entries() throws Exception {
    try (JarFile jar = new JarFile(JAR)) {
      return jar.stream().map(JarEntry::getName).toList();
    }
  }
}

package io.flinkmistral.jobs.cluster.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What is in the jar for Flink's {@code lib} folder, and for which Java. */
class SqlJarIT {
  private static final Path BUILT = Path.of("../operator/target");
  private static final String FACTORIES = "io/flinkmistral/table/factory/";
  private static final int JAVA_17 = 61;
  private static final int JAVA_25 = 69;

  private static JarFile jar() throws IOException {
    try (Stream<Path> files = Files.list(BUILT)) {
      return new JarFile(
          files
              .filter(file -> file.getFileName().toString().startsWith("flink-mistral-sql-"))
              .findFirst()
              .orElseThrow()
              .toFile());
    }
  }

  private static int version(JarFile jar, JarEntry entry) throws IOException {
    try (DataInputStream in = new DataInputStream(jar.getInputStream(entry))) {
      in.skipNBytes(6); // Magic number and minor version.
      return in.readUnsignedShort();
    }
  }

  @Test
  void isSelfContainedAndInNobodysWay() throws Exception {
    try (JarFile jar = jar()) {
      List<String> classes =
          jar.stream().map(JarEntry::getName).filter(name -> name.endsWith(".class")).toList();
      assertThat(classes)
          .contains(
              "io/flinkmistral/table/MistralModule.class",
              "io/flinkmistral/shaded/tools/jackson/databind/json/JsonMapper.class")
          .allMatch(name -> name.startsWith("io/flinkmistral/"))
          .noneMatch(name -> name.startsWith("io/flinkmistral/tools/"));
      assertThat(jar.getEntry("META-INF/services/org.apache.flink.table.factories.Factory"))
          .isNotNull();
      assertThat(jar.getEntry("META-INF/LICENSE")).isNotNull();
    }
  }

  @Test
  void whatFlinkLoadsFirstRunsOnAnOlderJava() throws Exception {
    try (JarFile jar = jar()) {
      for (JarEntry entry : jar.stream().toList()) {
        String name = entry.getName();
        if (name.matches("io/flinkmistral/(table|operator)/.*(?<!package-info)\\.class")) {
          assertThat(version(jar, entry))
              .as(name)
              .isEqualTo(name.startsWith(FACTORIES) ? JAVA_17 : JAVA_25);
        }
      }
    }
  }
}

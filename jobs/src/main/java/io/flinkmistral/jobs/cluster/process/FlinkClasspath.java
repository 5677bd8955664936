package io.flinkmistral.jobs.cluster.process;

import java.io.File;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What a distribution of Flink has in its {@code lib} folder, out of this JVM's classpath: Flink,
 * what its own modules depend on, the RocksDB backend and the logging. Neither the project's
 * classes nor its other dependencies are there, so that a job which runs has brought them along.
 */
final class FlinkClasspath {
  /** As Maven's local repository has them: {@code group/artifact/version/file}. */
  private static final Predicate<String> OF_FLINK =
      Pattern.compile(
              "/("
                  + "org/apache/flink/(?!flink-connector-(base|kafka)"
                  + "|flink-state-processor-api|flink-test)"
                  + "|org/apache/logging/log4j/|org/slf4j/slf4j-api/"
                  + "|org/apache/commons/|commons-(cli|collections|io|codec|lang)/"
                  + "|com/esotericsoftware/|org/objenesis/|org/javassist/|org/snakeyaml/"
                  + "|org/roaringbitmap/|org/xerial/snappy/|at/yawk/lz4/|com/ververica/"
                  + ")[^:;]*\\.jar$")
          .asPredicate();

  private FlinkClasspath() {}

  static String get() {
    return jars().stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
  }

  static List<Path> jars() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> OF_FLINK.test(entry.replace(File.separatorChar, '/')))
        .filter(entry -> !entry.endsWith("-tests.jar"))
        .map(Path::of)
        .toList();
  }
}

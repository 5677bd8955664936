package io.flinkmistral.jobs;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Which package of the jobs may use which, and which may use what of others. */
class ArchitectureTest {
  private static final String ROOT = "io.flinkmistral.jobs";

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(ROOT);

  /** The job itself has no name. What is above the line goes into its jar. */
  private static final Map<String, List<String>> MAY_USE =
      Map.ofEntries(
          Map.entry("topics", List.of()),
          Map.entry("json", List.of()),
          Map.entry("rocksdb", List.of()),
          Map.entry("options", List.of("topics", "json")),
          Map.entry("kafka", List.of("options", "topics", "json")),
          Map.entry("", List.of("options", "kafka", "rocksdb")),
          Map.entry("enrichment", List.of("", "options", "kafka", "json")),
          Map.entry("evaluation", List.of("", "options", "enrichment", "json")),
          Map.entry("client", List.of("options", "topics", "json")),
          Map.entry("sql", List.of("", "kafka")),
          // -------------------------------------------------------------------
          Map.entry("gateway", List.of("", "options", "topics", "json", "kafka")),
          Map.entry("local", List.of("", "topics")),
          Map.entry(
              "demo",
              List.of(
                  "",
                  "options",
                  "kafka",
                  "enrichment",
                  "evaluation",
                  "client",
                  "local",
                  "gateway",
                  "cluster")),
          Map.entry("shell", List.of("", "sql", "local")),
          Map.entry("cluster", List.of("options", "local")));

  private static final String[] NOT_IN_THE_JAR = {
    "io.flinkmistral.tools..",
    ROOT + ".gateway..",
    ROOT + ".local..",
    ROOT + ".demo..",
    ROOT + ".shell..",
    ROOT + ".cluster.."
  };

  static Stream<String> packages() {
    return MAY_USE.keySet().stream().sorted();
  }

  @ParameterizedTest(name = "jobs.{0}")
  @MethodSource("packages")
  void aPackageUsesOnlyWhatItMay(String name) {
    String[] others =
        packages()
            .filter(other -> !other.equals(name) && !MAY_USE.get(name).contains(other))
            .map(ArchitectureTest::pattern)
            .toArray(String[]::new);
    noClasses()
        .that()
        .resideInAPackage(pattern(name))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(others)
        .check(CLASSES);
  }

  @Test
  void everyPackageIsListed() {
    assertThat(CLASSES.stream().map(c -> c.getPackageName().substring(ROOT.length())).distinct())
        .allSatisfy(
            name -> assertThat(MAY_USE).containsKey(name.replaceFirst("^\\.(\\w+).*", "$1")));
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching("io.flinkmistral.(**)").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void theClusterKnowsNoDemo() {
    nothingIn(ROOT + ".cluster..").dependsOn(ROOT + ".demo..");
  }

  @Test
  void theJarUsesNothingThatIsNotInIt() {
    noClasses()
        .that()
        .resideOutsideOfPackages(NOT_IN_THE_JAR)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(NOT_IN_THE_JAR)
        .check(CLASSES);
    noClasses()
        .that()
        .resideOutsideOfPackages(NOT_IN_THE_JAR)
        .should()
        .dependOnClassesThat()
        // Broker, terminal and log are not on a cluster's class path.
        .resideInAnyPackage(
            "kafka..",
            "org.apache.kafka.server..",
            "org.apache.kafka.metadata..",
            "org.jline..",
            "org.apache.logging..")
        .check(CLASSES);
  }

  @Test
  void jsonKnowsNeitherFlinkNorKafka() {
    nothingIn(ROOT + ".json..").dependsOn("org.apache.flink..", "org.apache.kafka..");
  }

  @Test
  void kafkasClientsAreUsedAtTheTopicsAlone() {
    nothingIn(
            ROOT, ROOT + ".json..", ROOT + ".rocksdb..", ROOT + ".demo..", ROOT + ".cluster.rest..")
        .dependsOn("org.apache.kafka.clients.producer.Kafka..", "org.apache.kafka.clients.admin..");
    nothingIn(ROOT, ROOT + ".json..", ROOT + ".rocksdb..", ROOT + ".cluster.rest..")
        .dependsOn("org.apache.kafka..");
  }

  @Test
  void onlyWhoRunsFlinkOrReadsSavepointsKnowsItsRuntime() {
    noClasses()
        .that()
        .resideOutsideOfPackages(
            ROOT + ".local..", ROOT + ".cluster..", ROOT + ".demo..", ROOT + ".evaluation.replay..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.apache.flink.runtime..")
        .check(CLASSES);
  }

  @Test
  void onlyRocksDbsSettingsKnowRocksDb() {
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + ".rocksdb..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.rocksdb..", "org.apache.flink.state.rocksdb..")
        .check(CLASSES);
  }

  private static String pattern(String name) {
    return name.isEmpty() ? ROOT : ROOT + "." + name + "..";
  }

  private record Packages(String... names) {
    void dependsOn(String... others) {
      noClasses()
          .that()
          .resideInAnyPackage(names)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(others)
          .check(CLASSES);
    }
  }

  private static Packages nothingIn(String... names) {
    return new Packages(names);
  }
}

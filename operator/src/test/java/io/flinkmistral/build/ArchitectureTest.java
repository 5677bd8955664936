package io.flinkmistral.build;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.flinkmistral.tensor.DataType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Which package may use which, in the order that bytes travel. */
class ArchitectureTest {
  private static final String ROOT = "io.flinkmistral.";

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(ROOT.substring(0, ROOT.length() - 1));

  /** {@code weights} reads vocabularies out of model files; {@code engine} puts models together. */
  private static final Map<String, List<String>> MAY_USE =
      Map.ofEntries(
          Map.entry("protocol", List.of()),
          Map.entry("mailbox", List.of()),
          Map.entry("enrichment", List.of("protocol", "task", "mailbox")),
          Map.entry("tokenizer", List.of()),
          Map.entry("template", List.of("protocol", "tokenizer")),
          Map.entry("constraint", List.of("protocol", "tokenizer")),
          Map.entry("tensor", List.of()),
          Map.entry("weights", List.of("tensor", "tokenizer")),
          Map.entry("host", List.of()),
          Map.entry("kernel", List.of("tensor", "host")),
          Map.entry("cache", List.of("tensor", "weights", "kernel")),
          Map.entry("model", List.of("tensor", "weights", "kernel", "cache")),
          Map.entry("sampling", List.of("protocol")),
          Map.entry(
              "generation",
              List.of(
                  "protocol", "tokenizer", "template", "constraint", "cache", "model", "sampling")),
          Map.entry(
              "engine",
              List.of(
                  "protocol",
                  "tokenizer",
                  "template",
                  "constraint",
                  "weights",
                  "host",
                  "kernel",
                  "cache",
                  "model",
                  "generation")),
          Map.entry("task", List.of("protocol", "generation", "engine")),
          Map.entry("evaluation", List.of("protocol", "sampling", "generation", "engine")),
          Map.entry(
              "operator",
              List.of(
                  "protocol",
                  "template",
                  "weights",
                  "cache",
                  "generation",
                  "engine",
                  "task",
                  "mailbox",
                  "enrichment")),
          Map.entry(
              "table",
              List.of("protocol", "generation", "engine", "operator", "task", "enrichment")),
          Map.entry(
              "tools",
              List.of(
                  "protocol",
                  "tokenizer",
                  "template",
                  "tensor",
                  "weights",
                  "host",
                  "kernel",
                  "cache",
                  "model",
                  "sampling",
                  "generation",
                  "engine")));

  private static final String PAGE = "package-info.java";
  private static final String IN = ROOT.replace('.', '/');

  /** Packages that still have more files than a room should. */
  private static final Set<String> LARGE = Set.of("operator", "protocol");

  /** Packages whose every room has a page with an example. */
  private static final List<String> EXPLAINED =
      List.of(
          "kernel",
          "weights",
          "constraint/schema",
          "constraint/machine",
          "tensor",
          "cache",
          "model",
          "sampling",
          "generation",
          "template",
          "task",
          "table");

  static Stream<String> packages() {
    return MAY_USE.keySet().stream().sorted();
  }

  @ParameterizedTest
  @MethodSource("packages")
  void aPackageUsesOnlyWhatItMay(String name) {
    String[] others =
        MAY_USE.keySet().stream()
            .filter(other -> !other.equals(name) && !MAY_USE.get(name).contains(other))
            .map(other -> ROOT + other + "..")
            .toArray(String[]::new);
    noClasses()
        .that()
        .resideInAPackage(ROOT + name + "..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(others)
        .check(CLASSES);
  }

  @Test
  void everyPackageIsListed() {
    assertThat(CLASSES.stream().map(c -> c.getPackageName().substring(ROOT.length())).distinct())
        .allSatisfy(name -> assertThat(MAY_USE).containsKey(name.split("\\.")[0]));
  }

  @Test
  void onlyOperatorsKnowFlink() {
    noClasses()
        .that()
        .resideOutsideOfPackages(
            ROOT + "operator..", ROOT + "enrichment..", ROOT + "mailbox..", ROOT + "table..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.apache.flink..")
        .check(CLASSES);
  }

  @Test
  void nothingHereKnowsKafka() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.apache.kafka..")
        .check(CLASSES);
  }

  /** {@code tokenizer} knows none of its kinds: a vocabulary brings its own. */
  @Test
  void roomsInsideAPackageHaveNoCycles() {
    slices().matching(ROOT + "(**)").should().beFreeOfCycles().check(CLASSES);
  }

  /** What a newcomer can take in at once, and a page that says what it is by an example. */
  @Test
  void roomsAreSmallAndExplained() throws IOException {
    Map<Path, List<Path>> rooms;
    try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
      rooms =
          files
              .filter(file -> file.toString().endsWith(".java"))
              .filter(file -> !file.endsWith(PAGE))
              .collect(Collectors.groupingBy(Path::getParent));
    }
    assertThat(rooms).hasSizeGreaterThan(50);
    assertThat(rooms)
        .allSatisfy(
            (room, files) -> {
              if (!LARGE.contains(room.getFileName().toString())) {
                assertThat(files).hasSizeLessThanOrEqualTo(15);
              }
              if (EXPLAINED.stream().anyMatch(name -> room.toString().contains(IN + name))) {
                assertThat(room.resolve(PAGE)).content().contains("<pre>");
              }
            });
  }

  /** Others read a file, write one, and use what comes of it. */
  @Test
  void howModelFilesAreReadIsKnownToWeightsAlone() {
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + "weights..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            Stream.of("source", "tensors", "vocabulary", "parts", "folder")
                .map(room -> ROOT + "weights." + room + "..")
                .toArray(String[]::new))
        .check(CLASSES);
  }

  /** They go by what a format says of itself: a switch would have to be found for each new one. */
  @Test
  void productsDoNotAskWhichNumberFormatItIs() {
    noClasses()
        .that()
        .resideInAnyPackage(ROOT + "kernel..", ROOT + "model..")
        .and()
        .haveNameNotMatching(".*\\.(BlockPacker|StridedProduct)(\\$.*)?")
        .should()
        .accessFieldWhere(JavaAccess.Predicates.targetOwner(type(DataType.class)))
        .check(CLASSES);
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching(ROOT + "(*)..").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void flinkStateHasOneOwnerEach() {
    noClasses()
        .that()
        .haveNameNotMatching(".*\\.(Conversation(State|\\$States)?|RecordsUnderWay|RowsOfTable)")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.apache.flink.api.common.state..")
        .check(CLASSES);
  }
}

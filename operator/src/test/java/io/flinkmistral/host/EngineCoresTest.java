package io.flinkmistral.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Engines that meet in a folder, each in steps of one second that the test takes. */
class EngineCoresTest {
  @TempDir private Path root;

  private final List<CoreShare> open = new ArrayList<>();
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private FakeHost host;
  private Path temporary;

  private final Clock clock =
      new Clock() {
        @Override
        public Instant instant() {
          return now;
        }

        @Override
        public ZoneId getZone() {
          return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
          return this;
        }
      };

  @BeforeEach
  void setUp() throws IOException {
    assumeThat(root.getFileSystem().supportedFileAttributeViews()).contains("posix");
    host = new FakeHost(root.resolve("host"));
    temporary = Files.createDirectory(root.resolve("tmp"));
  }

  @AfterEach
  void tearDown() {
    open.forEach(CoreShare::close);
  }

  private CoreShare engine(int threads, String cpus) throws IOException {
    Processors processors = host.withAllowed(cpus).processors(64);
    int most = threads > 0 ? threads : processors.threads();
    CoreShare engine =
        new EngineCores(
            processors,
            host.cores(),
            threads,
            Optional.of(ClaimFolder.in(temporary, processors.allowed(), most)),
            clock,
            () -> Duration.between(Instant.EPOCH, now).toNanos());
    open.add(engine);
    return engine;
  }

  private void secondsPass(long seconds) {
    now = now.plusSeconds(seconds);
  }

  private Path folder() throws IOException {
    try (var folders = Files.list(temporary)) {
      return folders.findFirst().orElseThrow();
    }
  }

  @Test
  void oneAloneHasAllCores() throws IOException {
    CoreShare engine = engine(0, "0-3");
    assertThat(engine.most()).isEqualTo(4);
    assertThat(engine.now()).isEqualTo(4);
    assertThat(engine.use()).isEqualTo(CoreUse.ALONE);
  }

  @Test
  void twoThatWorkShareAndTheOneThatGoesOnHasAllAgain() throws IOException {
    CoreShare one = engine(0, "0-3");
    CoreShare other = engine(0, "0-3");
    assertThat(one.now()).isEqualTo(4);
    assertThat(other.now()).isEqualTo(2);
    assertThat(other.use()).isEqualTo(CoreUse.SHARED);
    assertThat(one.now()).as("it looks once a second").isEqualTo(4);
    secondsPass(1);
    assertThat(one.now()).isEqualTo(2);
    assertThat(one.use()).isEqualTo(CoreUse.SHARED);
    secondsPass(5);
    assertThat(one.now()).as("the other worked 6 seconds ago").isEqualTo(4);
    assertThat(one.use()).isEqualTo(CoreUse.ALONE);
    assertThat(other.now()).isEqualTo(2);
    other.close();
    secondsPass(1);
    assertThat(one.now()).isEqualTo(4);
  }

  @Test
  void aClaimHoldsForFiveSecondsAndNoLonger() throws IOException {
    CoreShare one = engine(0, "0-1");
    CoreShare other = engine(0, "0-1");
    other.now();
    secondsPass(5);
    assertThat(one.now()).isEqualTo(1);
    secondsPass(1);
    assertThat(one.now()).isEqualTo(2);
  }

  @Test
  void enginesOnOtherProcessorsAreNoNeighbours() throws IOException {
    CoreShare one = engine(0, "0-1");
    CoreShare other = engine(0, "2-3");
    other.now();
    assertThat(one.now()).isEqualTo(2);
    assertThat(one.use()).isEqualTo(CoreUse.ALONE);
  }

  @Test
  void aFixedNumberStaysButTheOthersKnowOfIt() throws IOException {
    CoreShare fixed = engine(3, "0-3");
    CoreShare other = engine(0, "0-3");
    assertThat(fixed.now()).isEqualTo(3);
    assertThat(other.now()).isBetween(1, 2);
    secondsPass(1);
    assertThat(fixed.now()).isEqualTo(3);
    assertThat(fixed.use()).isEqualTo(CoreUse.SHARED);
  }

  @Test
  void moreThreadsThanProcessorsShareThem() throws IOException {
    assertThat(engine(5, "0-3").use()).isEqualTo(CoreUse.SHARED);
    assertThat(engine(4, "0-3").use()).isEqualTo(CoreUse.ALONE);
  }

  @Test
  void timeCountsWhereAQuotaIsLessThanTheThreads() throws IOException {
    host.withGroupV2("/").with("/sys/fs/cgroup/cpu.max", "150000 100000");
    CoreShare engine = engine(0, "0-3");
    assertThat(engine.most()).isEqualTo(2);
    assertThat(engine.use()).isEqualTo(CoreUse.METERED);
    CoreShare other = engine(0, "0-3");
    other.now();
    assertThat(engine.now()).isEqualTo(2);
    assertThat(engine.use()).isEqualTo(CoreUse.METERED);
    assertThat(engine(1, "0-3").use()).isEqualTo(CoreUse.ALONE);
  }

  @Test
  void theFileOfOneThatWasKilledIsTakenAway() throws IOException {
    Path left = Files.writeString(makeFolder().resolve("killed.engine"), "any");
    Files.setLastModifiedTime(left, FileTime.from(now));
    CoreShare engine = engine(0, "0-1");
    engine.now();
    assertThat(left).exists();
    secondsPass(60);
    engine.now();
    assertThat(left).exists();
    secondsPass(1);
    engine.now();
    assertThat(left).doesNotExist();
  }

  @Test
  void aFileThatWasTakenAwayIsMadeAnew() throws IOException {
    CoreShare engine = engine(0, "0-1");
    engine.now();
    try (var files = Files.list(folder())) {
      Files.delete(files.findFirst().orElseThrow());
    }
    secondsPass(1);
    engine.now();
    assertThat(folder()).isNotEmptyDirectory();
    engine.close();
    assertThat(temporary).as("the last one takes the folder away").isEmptyDirectory();
    secondsPass(1);
    assertThat(engine.now()).as("and makes it anew if it goes on").isEqualTo(2);
    assertThat(folder()).isNotEmptyDirectory();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "flink-mistral engine 1\ncpus 0-9999999\nthreads 4\n",
        "flink-mistral engine 9\ncpus 0-3\nthreads 4\n",
        "flink-mistral engine 1\ncpus 0-3\nthreads 4\n and so on"
      })
  void filesThatAreNoClaimsAreNobodys(String text) throws IOException {
    Path file = Files.writeString(makeFolder().resolve("x.engine"), text);
    Files.setLastModifiedTime(file, FileTime.from(now));
    assertThat(engine(0, "0-3").now()).isEqualTo(4);
  }

  @Test
  void linksAndFoldersAndLongFilesAreNobodys() throws IOException {
    Path folder = makeFolder();
    String claim = new EngineClaim("x", CpuList.first(4), 4).text();
    Path target = Files.writeString(root.resolve("target"), claim);
    Files.setLastModifiedTime(target, FileTime.from(now));
    Files.createSymbolicLink(folder.resolve("link.engine"), target);
    Files.createSymbolicLink(folder.resolve("loop.engine"), folder.resolve("loop.engine"));
    Files.createDirectory(folder.resolve("folder.engine"));
    Path large = Files.writeString(folder.resolve("long.engine"), claim + "x".repeat(100_000));
    for (Path file : List.of(folder.resolve("folder.engine"), large)) {
      Files.setLastModifiedTime(file, FileTime.from(now));
    }
    CoreShare engine = engine(0, "0-3");
    assertThat(engine.now()).isEqualTo(4);
    secondsPass(100);
    assertThat(engine.now()).isEqualTo(4);
    assertThat(target).exists();
  }

  @Test
  void aFolderThatOthersMayWriteIsNotUsed() throws IOException {
    Files.setPosixFilePermissions(makeFolder(), PosixFilePermissions.fromString("rwxrwxrwx"));
    assertThatThrownBy(() -> engine(0, "0-1"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("rwxrwxrwx");
  }

  @Test
  void aLinkInPlaceOfTheFolderIsNotUsed() throws IOException {
    Path folder = makeFolder();
    Files.delete(folder);
    Path target = Files.createDirectory(root.resolve("elsewhere"));
    Files.createSymbolicLink(folder, target);
    assertThatThrownBy(() -> engine(0, "0-1")).isInstanceOf(IOException.class);
    assertThat(target).isEmptyDirectory();
  }

  @Test
  void whereTheFolderGoesAwayItIsMadeAnew() throws IOException {
    CoreShare engine = engine(0, "0-3");
    engine(0, "0-3").now();
    assertThat(engine.now()).isEqualTo(2);
    try (var files = Files.list(folder())) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder());
    secondsPass(1);
    assertThat(engine.now()).isEqualTo(4);
    assertThat(engine.use()).isEqualTo(CoreUse.ALONE);
    assertThat(folder()).isNotEmptyDirectory();
  }

  @Test
  void whereItCannotBeMadeTheEngineHasAllItsCoresAndLooksAgain() throws IOException {
    CoreShare engine = engine(0, "0-3");
    CoreShare other = engine(0, "0-3");
    other.now();
    assertThat(engine.now()).isEqualTo(2);
    Path folder = folder();
    Path aside = Files.move(folder, root.resolve("aside"));
    Files.writeString(folder, "a file in its place");
    secondsPass(1);
    assertThat(engine.now()).isEqualTo(4);
    assertThat(engine.use()).isEqualTo(CoreUse.ALONE);
    Files.delete(folder);
    Files.move(aside, folder);
    secondsPass(1);
    assertThat(engine.now()).isEqualTo(2);
  }

  /** As an engine makes it. */
  private Path makeFolder() throws IOException {
    ClaimFolder.in(temporary, CpuList.first(1), 1);
    assertThat(Files.isDirectory(folder(), LinkOption.NOFOLLOW_LINKS)).isTrue();
    return folder();
  }
}

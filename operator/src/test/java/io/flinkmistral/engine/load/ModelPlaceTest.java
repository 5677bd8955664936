package io.flinkmistral.engine.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelPlaceTest {
  private static final Path MODEL = Path.of("models", "m.gguf");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "9p",
        "v9fs",
        "drvfs",
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "fuse.sshfs",
        "fuse.rclone",
        "CIFS"
      })
  void aPlaceThatIsFarAwayIsNamedWithWhatToDo(String type) {
    assertThat(ModelPlace.warning(MODEL, type))
        .hasValueSatisfying(
            line ->
                assertThat(line)
                    .contains(MODEL.toString(), type, "copy it to a local disk")
                    .doesNotContain("\n"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ext4",
        "ext2/ext3",
        "xfs",
        "btrfs",
        "zfs",
        "tmpfs",
        "overlay",
        "apfs",
        "NTFS",
        "fuseblk"
      })
  void nothingIsSaidOfDisksAndMemory(String type) {
    assertThat(ModelPlace.warning(MODEL, type)).isEmpty();
  }
}

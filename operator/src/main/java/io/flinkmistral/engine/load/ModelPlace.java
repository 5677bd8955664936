package io.flinkmistral.engine.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Warns of models that lie where reading takes much longer than from a disk: on a network's file
 * system, or on that of another system beyond a virtual machine's border. Weights are mapped: a
 * page that such a place does not give fails the job or ends the JVM (see {@link
 * io.flinkmistral.weights.reader.FileStamps}).
 */
public final class ModelPlace {
  /** As the system's table of mounts calls them. */
  private static final Set<String> FAR =
      Set.of(
          // The host's, seen from a virtual machine or from WSL.
          "9p",
          "9pfs",
          "v9fs",
          "drvfs",
          "vboxsf",
          "vmhgfs",
          "prl_fs",
          "fakeowner",
          "virtiofs",
          "nfs",
          "nfs3",
          "nfs4",
          "cifs",
          "smb",
          "smb2",
          "smb3",
          "smbfs",
          "afpfs",
          "webdav",
          "davfs",
          "afs",
          "ceph",
          "lustre",
          "glusterfs",
          "beegfs",
          "gpfs",
          "ocfs2",
          "gfs2",
          "pvfs2",
          "orangefs",
          "coda",
          "ncpfs");

  /** What is in user space is most often a share or a bucket; these are disks. */
  private static final Set<String> LOCAL_IN_USER_SPACE =
      Set.of("fuseblk", "fuse.ntfs", "fuse.ntfs-3g", "fuse.exfat", "fuse.fuse-overlayfs");

  private ModelPlace() {}

  /** What to tell the user, in a line. */
  public static Optional<String> warning(Path model) throws IOException {
    return warning(model, Files.getFileStore(model).type());
  }

  public static Optional<String> warning(Path model, String fileSystem) {
    String type = fileSystem.toLowerCase(Locale.ROOT);
    boolean inUserSpace =
        type.startsWith("fuse") || type.equals("osxfuse") || type.equals("macfuse");
    boolean far = FAR.contains(type) || inUserSpace && !LOCAL_IN_USER_SPACE.contains(type);
    return far
        ? Optional.of(
            "model %s lies on a file system of type %s, which is often many times slower than a disk"
                    .formatted(model, fileSystem)
                + " and may fail while the model is read: copy it to a local disk")
        : Optional.empty();
  }
}

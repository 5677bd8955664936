package io.flinkmistral.jobs.local.web;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.flink.runtime.io.network.netty.InboundChannelHandlerFactory;

/** The guard as an entry of the classpath of another process, which has Flink and nothing else. */
public final class WebGuardFiles {
  private static final List<Class<?>> CLASSES =
      List.of(WebGuardFactory.class, WebGuardFactory.Mover.class, WebGuard.class, OwnPages.class);

  private WebGuardFiles() {}

  /** Copies what the guard is made of to {@code folder}, which is to be on the classpath. */
  public static void copy(Path folder) throws IOException {
    for (Class<?> part : CLASSES) {
      copy(part.getName().replace('.', '/') + ".class", folder);
    }
    copy("META-INF/services/" + InboundChannelHandlerFactory.class.getName(), folder);
  }

  private static void copy(String resource, Path folder) throws IOException {
    Path file = folder.resolve(resource);
    Files.createDirectories(file.getParent());
    try (InputStream in = WebGuardFiles.class.getResourceAsStream("/" + resource)) {
      if (in == null) {
        throw new FileNotFoundException("the resource %s is missing".formatted(resource));
      }
      Files.copy(in, file);
    }
  }
}

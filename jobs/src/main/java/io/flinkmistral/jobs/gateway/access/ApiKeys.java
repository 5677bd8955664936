package io.flinkmistral.jobs.gateway.access;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys that a file names by their SHA-256: they are long and random, so that nobody finds one
 * by its hash. A file that has become wrong changes nothing.
 */
public final class ApiKeys {
  private static final Logger LOG = LoggerFactory.getLogger(ApiKeys.class);
  private static final String LINE = "([A-Za-z0-9_-]{1,64})\\s+([0-9a-fA-F]{64})";

  private final Path file;
  private FileTime read;
  private Map<String, String> namesByHash;

  private ApiKeys(Path file) {
    this.file = file;
  }

  /**
   * @throws IOException if the file cannot be read
   * @throws IllegalArgumentException if it is no such file; it says in which line
   */
  public static ApiKeys of(Path file) throws IOException {
    ApiKeys keys = new ApiKeys(file);
    keys.read = Files.getLastModifiedTime(file);
    keys.namesByHash = read(file);
    return keys;
  }

  private static Map<String, String> read(Path file) throws IOException {
    Map<String, String> names = new HashMap<>();
    int number = 0;
    for (String line : Files.readAllLines(file)) {
      number++;
      String words = line.strip();
      if (words.isEmpty() || words.startsWith("#")) {
        continue;
      }
      if (!words.matches(LINE)) {
        throw new IllegalArgumentException(
            "line %d of %s must be a name (letters, digits, - and _) and a SHA-256 in hexadecimal"
                .formatted(number, file));
      }
      String[] parts = words.split("\\s+");
      names.put(parts[1].toLowerCase(Locale.ROOT), parts[0]);
    }
    return Map.copyOf(names);
  }

  /** Whose key it is, if anybody's. */
  public Optional<Client> client(String key) {
    // The hash is looked up, and not the key: how long that takes tells nothing of any key.
    return Optional.ofNullable(current().get(hash(key))).map(Client::new);
  }

  private synchronized Map<String, String> current() {
    try {
      FileTime changed = Files.getLastModifiedTime(file);
      if (!changed.equals(read)) {
        read = changed;
        namesByHash = read(file);
      }
    } catch (IOException | IllegalArgumentException e) {
      LOG.error("API keys stay as they were: {}", e.getMessage());
    }
    return namesByHash;
  }

  private static String hash(String key) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}

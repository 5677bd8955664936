package io.flinkmistral.jobs.gateway.http;

import io.flinkmistral.jobs.gateway.openai.ApiException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;

/**
 * Names as they stand in a path, and in headers, which have no other characters than ASCII's: what
 * may not stand there is the bytes of its UTF-8, each as a percent sign and two digits (RFC 3986,
 * 2.1).
 */
final class PathName {
  /** Beside letters and digits; the unreserved ones, and some that mean nothing in a segment. */
  private static final String PLAIN = "-._~:@";

  private PathName() {}

  static String encoded(String name) {
    StringBuilder encoded = new StringBuilder();
    for (byte octet : name.getBytes(StandardCharsets.UTF_8)) {
      char character = (char) (octet & 0xff);
      if (isPlain(character)) {
        encoded.append(character);
      } else {
        encoded.append("%%%02X".formatted(octet & 0xff));
      }
    }
    return encoded.toString();
  }

  private static boolean isPlain(char character) {
    return (character >= 'a' && character <= 'z')
        || (character >= 'A' && character <= 'Z')
        || (character >= '0' && character <= '9')
        || PLAIN.indexOf(character) >= 0;
  }

  /**
   * @param where it stands, for who is told that it is none
   * @throws ApiException if it is none
   */
  static String decoded(String where, String encoded) {
    try {
      return URLDecoder.decode(encoded.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw ApiException.invalid("", "%s is wrong: %s".formatted(where, e.getMessage()));
    }
  }
}

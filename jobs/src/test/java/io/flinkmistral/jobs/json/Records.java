package io.flinkmistral.jobs.json;

import io.flinkmistral.protocol.SourceRecord;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Records of the prompts topic for tests. */
final class Records {
  private Records() {}

  /** A record without a key; single quotes stand for double ones. */
  static SourceRecord of(String json) {
    return of(null, json.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
  }

  static SourceRecord of(byte[] key, byte[] value) {
    return new SourceRecord("prompts", 3, 17, key, value, List.of());
  }
}

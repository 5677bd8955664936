package io.flinkmistral.jobs.gateway.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.flinkmistral.jobs.gateway.openai.ApiException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DoorTest {
  private static boolean isLetIn(boolean tls, String host, String origin) {
    Door door = new Door(List.of("chat.example"), tls, Optional.empty());
    Map<String, String> headers = Map.of("Host", host, "Origin", origin);
    ApiException refusal =
        catchThrowableOfType(ApiException.class, () -> door.checkOrigin(headers::get));
    if (refusal != null) {
      assertThat(refusal.status()).isEqualTo(403);
    }
    return refusal == null;
  }

  @ParameterizedTest
  @CsvSource({
    "localhost:8000, http://localhost:8000, true",
    "localhost, http://localhost:80, true",
    "LOCALHOST:80, http://localhost, true",
    "[::1]:8000, http://[::1]:8000, true",
    // One before it that ends the TLS, and hands the name on, or asks by another one.
    "chat.example, https://chat.example, true",
    "chat.example:443, https://chat.example, true",
    "localhost:8000, https://chat.example, true",
    "localhost:8000, https://chat.example:443, true",
    // Other ports and schemes are other origins.
    "localhost:8000, http://localhost:8001, false",
    "localhost:8000, http://localhost, false",
    "localhost:8000, https://localhost, false",
    "localhost:8000, https://chat.example:8443, false",
    "localhost:8000, http://chat.example, false",
    "localhost:8000, https://evil.example, false",
    "localhost:8000, https://evil.example/chat.example, false",
    "localhost:8000, https://chat.example.evil.example, false",
    "localhost:8000, null, false",
    "localhost:8000, file://localhost:8000, false",
  })
  void aPageOfItsOwnIsLetIn(String host, String origin, boolean isOwn) {
    assertThat(isLetIn(false, host, origin)).isEqualTo(isOwn);
  }

  @ParameterizedTest
  @CsvSource({
    "localhost:8443, https://localhost:8443, true",
    "localhost, https://localhost, true",
    "localhost:8443, http://localhost:8443, false",
    "localhost:8443, https://chat.example, false",
  })
  void withTlsOfItsOwnNothingElseIsTaken(String host, String origin, boolean isOwn) {
    assertThat(isLetIn(true, host, origin)).isEqualTo(isOwn);
  }
}

package io.flinkmistral.jobs.local.web;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OwnPagesTest {
  @ParameterizedTest
  @CsvSource({
    // Programs send no more than a host.
    "127.0.0.1:8081, , , true",
    "localhost:8081, , , true",
    "[::1]:8081, , , true",
    "LOCALHOST, , , true",
    // The server's own pages, and the user.
    "127.0.0.1:8081, http://127.0.0.1:8081, same-origin, true",
    "127.0.0.1:8081, , same-origin, true",
    "127.0.0.1:8081, , none, true",
    // Other pages: of other machines, in a frame without an origin, of another server here.
    "127.0.0.1:8081, https://evil.example, , false",
    "127.0.0.1:8081, null, , false",
    "127.0.0.1:8081, http://127.0.0.1:3000, , false",
    "127.0.0.1:8081, https://127.0.0.1:8081, , false",
    "127.0.0.1:8081, , cross-site, false",
    "127.0.0.1:8081, , same-site, false",
    "127.0.0.1:8081, http://127.0.0.1:8081, cross-site, false",
    // Names that somebody else has resolved to this machine.
    "evil.example:8081, , , false",
    "evil.example:8081, http://evil.example:8081, same-origin, false",
    "127.0.0.1.evil.example:8081, , , false",
    "localhost.evil.example, , , false",
    "evil.example:8081@127.0.0.1, , , false",
    "'', , , false",
    ", , , false",
  })
  void answersItsOwnPagesAlone(String host, String origin, String site, boolean allowed) {
    assertThat(OwnPages.allow(host, origin, site)).isEqualTo(allowed);
  }
}

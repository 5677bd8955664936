package io.flinkmistral.jobs.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BrokerAddressTest {
  @ParameterizedTest
  @CsvSource({
    "a:1, a, 1",
    "a:65535, a, 65535",
    "a_b.example-1:9092, a_b.example-1, 9092",
    "[::1]:9092, [::1], 9092",
    "SASL_SSL://kafka:9093, kafka, 9093"
  })
  void anAddressIsAHostAndAPort(String text, String host, int port) {
    assertThat(BrokerAddress.isList(text)).isTrue();
    assertThat(BrokerAddress.list(text)).containsExactly(new BrokerAddress(host, port));
    assertThat(new BrokerAddress(host, port)).hasToString(host + ":" + port);
  }

  @Test
  void aListIsSeparatedByCommas() {
    assertThat(BrokerAddress.list(" a:1 , b:2,c:3 ")).hasToString("[a:1, b:2, c:3]");
    assertThat(BrokerAddress.isList(" a:1 , b:2,c:3 ")).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "a", "a:", ":1", "a:0", "a:65536", "a:1,", "a:1,,b:2", "a b:1", "a:-1"})
  void whatIsNoListOfAddressesIsNone(String text) {
    assertThat(BrokerAddress.isList(text)).isFalse();
  }

  @Test
  void whatIsNoAddressIsSaid() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BrokerAddress.list("a:1,b"))
        .withMessage("no address of a broker: b");
  }
}

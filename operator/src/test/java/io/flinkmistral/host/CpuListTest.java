package io.flinkmistral.host;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CpuListTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"0|1", "0-1|2", "3,5|2", "0-3,8,10-11|7", "7-7|1", "0,0-1,1|2", "0-65535|65536"})
  void readsWhatLinuxWrites(String text, int size) {
    assertThat(CpuList.parse("\t" + text + "\n").orElseThrow().size()).isEqualTo(size);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "0-1", "3,5", "0-3,8,10-11", "65535", "0,2,4-65535"})
  void writesWhatItReads(String text) {
    assertThat(CpuList.parse(text).orElseThrow()).hasToString(text);
  }

  @Test
  void knowsItsProcessors() {
    CpuList list = CpuList.parse("3-4,9").orElseThrow();
    assertThat(list.stream()).containsExactly(3, 4, 9);
    assertThat(list.first()).isEqualTo(3);
    assertThat(list.contains(4)).isTrue();
    assertThat(list.contains(5)).isFalse();
    assertThat(CpuList.first(3)).hasToString("0-2");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        ",",
        "0,",
        ",0",
        "-",
        "-1",
        "1-",
        "3-1",
        "0--1",
        "0-1-2",
        "a",
        "0x1",
        "1.5",
        "65536",
        "0-65536",
        "99999999999999999999",
        "0-99999",
        "0:1",
        "0 1",
        "٣",
        "0\n1"
      })
  void whatIsNoListIsNone(String text) {
    assertThat(CpuList.parse(text)).isEmpty();
  }
}

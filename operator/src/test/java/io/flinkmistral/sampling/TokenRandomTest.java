package io.flinkmistral.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What a seed draws is the same in all versions: an answer that is resumed from a savepoint of an
 * older one goes on with the same words. The numbers were computed apart, by the formula.
 */
class TokenRandomTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0, 0x1.c4415072f63b9p-1",
    "0, 1, 0x1.b9e279aa86e58p-2",
    "0, 2, 0x1.b117462002500p-6",
    "0, 31, 0x1.bbe9aef547200p-3",
    "1, 0, 0x1.7fdf0061bb85ap-1",
    "1, 1000000, 0x1.1bebab483638ep-1",
    "-1, 0, 0x1.4aeef0578a553p-1",
    "-1, 2147483647, 0x1.da70c2cb6cf5ep-2",
    "42, 0, 0x1.31367e26140c7p-1",
    "42, 1, 0x1.486da5f92b86cp-3",
    "42, 2, 0x1.54c85f31d00d8p-3",
    "-9223372036854775808, 31, 0x1.413fa6028d921p-1",
    "-9223372036854775808, 1000000, 0x1.fae392d047880p-8",
    "9223372036854775807, 2, 0x1.c9cbd653b7a00p-6"
  })
  void aSeedDrawsTheSameInAllVersions(long seed, int index, String expected) {
    assertThat(TokenRandom.uniform(seed, index)).isEqualTo(Double.parseDouble(expected));
  }

  @ParameterizedTest
  @CsvSource({
    "c, r, 8064266096772370520",
    "c-4, r-17, 6770588820306014362",
    "größe 😀, ~, 6131131376086447277",
    "'', '', -2152535657050944081",
    "c-4~b, prompts-0-7, 7795599278468362884"
  })
  void idsGiveTheSameSeedInAllVersions(String conversation, String request, long expected) {
    assertThat(TokenRandom.seedOf(conversation, request)).isEqualTo(expected);
  }

  @Test
  void seedsOfRequestsComeFromBothIds() {
    long seed = TokenRandom.seedOf("c", "r");
    assertThat(TokenRandom.seedOf("c", "s")).isNotEqualTo(seed);
    assertThat(TokenRandom.seedOf("d", "r")).isNotEqualTo(seed);
    assertThat(TokenRandom.seedOf("cr", "")).isNotEqualTo(seed);
  }

  @Test
  void numbersAreFromZeroToOneAndAllOver() {
    int[] tenths = new int[10];
    IntStream.range(0, 10_000)
        .mapToDouble(index -> TokenRandom.uniform(3, index))
        .forEach(number -> tenths[(int) (10 * number)]++);
    assertThat(Arrays.stream(tenths)).allMatch(count -> count > 850 && count < 1150);
  }
}

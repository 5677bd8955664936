package io.flinkmistral.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.protocol.SourceRecord.Header;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CopiedHeadersTest {
  @Test
  void anAnswerHasTheHeadersOfItsRequestInTheirOrder() {
    List<Header> headers =
        List.of(header("traceparent", 55), header("id", 8), header("id", 9), new Header("n", null));
    assertThat(CopiedHeaders.of(headers)).isEqualTo(headers);
  }

  @Test
  void ourOwnAreNotCopied() {
    Header id = header("id", 8);
    assertThat(
            CopiedHeaders.of(
                List.of(
                    header("__streams.errors.offset", 1),
                    id,
                    header("mistral.source", 9),
                    header("mistral.reply.failed", 3))))
        .containsExactly(id);
  }

  @Test
  void oneThatIsTooLongKeepsNoneBehindItFromBeingCopied() {
    Header id = header("id", 8);
    assertThat(CopiedHeaders.of(List.of(header("baggage", CopiedHeaders.MOST_BYTES), id)))
        .containsExactly(id);
  }

  @Test
  void oneThatTakesExactlyTheRestIsCopied() {
    Header all = header("baggage", CopiedHeaders.MOST_BYTES - "baggage".length());
    assertThat(CopiedHeaders.of(List.of(all, header("i", 0)))).containsExactly(all);
    Header rest = header("id", CopiedHeaders.MOST_BYTES - 8 - 3 - 2);
    assertThat(CopiedHeaders.of(List.of(header("abc", 8), rest))).hasSize(2);
    Header more = header("id", CopiedHeaders.MOST_BYTES - 8 - 3 - 1);
    assertThat(CopiedHeaders.of(List.of(header("abc", 8), more))).hasSize(1);
  }

  @Test
  void theyAreFewAndShort() {
    List<Header> many = IntStream.range(0, 3000).mapToObj(i -> header("h" + i, 1)).toList();
    assertThat(CopiedHeaders.of(many)).isEqualTo(many.subList(0, CopiedHeaders.MOST));
    // Names of two bytes a character.
    List<Header> longNames =
        IntStream.range(0, 10).mapToObj(_ -> new Header("é".repeat(1000), null)).toList();
    assertThat(CopiedHeaders.of(longNames)).hasSize(4);
  }

  @Test
  void whatAnAnswerIsFoundByHasRoomBeforeAllOthers() {
    List<Header> many = new ArrayList<>();
    IntStream.range(0, 100).forEach(i -> many.add(header("h" + i, 1)));
    many.add(header("kafka_replyTopic", 1));
    many.add(header("kafka_replyTopic", 2));
    many.add(header("baggage", CopiedHeaders.MOST_BYTES));
    many.add(header("kafka_correlationId", 16));
    List<Header> copied = CopiedHeaders.of(many);
    assertThat(copied).hasSize(CopiedHeaders.MOST).startsWith(many.getFirst());
    assertThat(copied.subList(62, 64)).containsExactly(many.get(101), many.get(103));
    assertThat(CopiedHeaders.of(copied)).isEqualTo(copied);
    assertThat(CopiedHeaders.last("kafka_replyTopic", many)).contains(many.get(101));
    assertThat(CopiedHeaders.last("none", many)).isEmpty();
  }

  private static Header header(String name, int bytes) {
    return new Header(name, new byte[bytes]);
  }
}

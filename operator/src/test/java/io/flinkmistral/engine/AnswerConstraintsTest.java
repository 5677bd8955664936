package io.flinkmistral.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.flinkmistral.generation.text.AnswerTokens;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.OutputConstraint;
import io.flinkmistral.tokenizer.Tokenizer;
import io.flinkmistral.tokenizer.sentencepiece.Tokenizers;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class AnswerConstraintsTest {
  private static AnswerConstraints constraints(Tokenizer tokenizer) {
    int eos = Tokenizers.V3.vocabulary().eosId();
    return new AnswerConstraints(
        tokenizer,
        Tokenizers.V3.vocabulary().size(),
        AnswerTokens.of(eos, Set.of(), OptionalInt.empty()));
  }

  private static CompletionRequest held(OutputConstraint constraint) {
    return CompletionRequest.ofUser("r", "c", "Hi").but().constraint(constraint).build();
  }

  private static CompletionRequest regex(String pattern) {
    return held(new OutputConstraint.Regex(pattern));
  }

  @Test
  void whatIsKeptIsBoundedInBytes() {
    AnswerConstraints constraints = constraints(Tokenizers.V3);
    for (int i = 0; i < 40; i++) {
      constraints.text(regex("[a-z]{%d}[0-9a-f]{4000}".formatted(1_000 + i)));
    }
    long some = constraints.bytes();
    for (int i = 0; i < 600; i++) {
      constraints.text(regex("[a-z]{%d}".formatted(1 + i)));
    }
    assertThat(some).isBetween(1L << 20, AnswerConstraints.MOST_BYTES);
    assertThat(constraints.bytes()).isLessThanOrEqualTo(some);
    assertThat(constraints.count()).isLessThanOrEqualTo(AnswerConstraints.MOST);
  }

  /** A client that asks for it again and again costs no more work. */
  @Test
  void whatCannotBeIsRefusedTheSameAgain() {
    AnswerConstraints constraints = constraints(Tokenizers.V3);
    Throwable first = catchThrowable(() -> constraints.text(regex("(a|b)*a(a|b){30}")));
    assertThat(first).isInstanceOf(InvalidRequestException.class);
    assertThat(catchThrowable(() -> constraints.text(regex("(a|b)*a(a|b){30}")))).isSameAs(first);
  }

  @Test
  void whatIsNotReadyIsMadeOnAnotherThreadAndSaysSo() throws Exception {
    try (AnswerConstraints constraints = constraints(Tokenizers.V3)) {
      for (String pattern : List.of("[ab]{9}", "(")) {
        CompletableFuture<String> told = new CompletableFuture<>();
        boolean ready =
            constraints.isReady(
                regex(pattern), () -> told.complete(Thread.currentThread().getName()));
        if (!ready) { // It may have been quick.
          assertThat(told.get()).startsWith("mistral-forms-");
        }
        assertThat(constraints.isReady(regex(pattern), () -> {})).isTrue();
        assertThat(constraints.count()).isPositive();
      }
      assertThat(constraints.isReady(CompletionRequest.ofUser("r", "c", "Hi"), () -> {})).isTrue();
    }
  }

  /** The first form waits for the bytes of all tokens; another one is refused meanwhile. */
  @Test
  void nobodyWaitsForTheFormOfAnother() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    Tokenizer slow =
        (Tokenizer)
            Proxy.newProxyInstance(
                Tokenizer.class.getClassLoader(),
                new Class<?>[] {Tokenizer.class},
                (_, method, arguments) -> {
                  if (method.getName().equals("bytesOf")) {
                    begun.countDown();
                    goOn.await();
                  }
                  return method.invoke(Tokenizers.V3, arguments);
                });
    AnswerConstraints constraints = constraints(slow);
    CompletableFuture<Boolean> first =
        CompletableFuture.supplyAsync(() -> constraints.text(regex("[ab]{9}")).isPresent());
    begun.await();
    assertThatThrownBy(() -> constraints.text(regex("(")))
        .isInstanceOf(InvalidRequestException.class);
    assertThat(first).isNotDone();
    goOn.countDown();
    assertThat(first.get()).isTrue();
  }
}

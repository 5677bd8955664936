package io.flinkmistral.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What values a request may have, to the last of each range, and the words that programs read. */
class RequestValuesTest {
  private static final List<ChatMessage> HI = List.of(new ChatMessage(Role.USER, "Hi"));

  @ParameterizedTest
  @CsvSource({
    "0, 1, 0, 0",
    "100, 1, 0, 0",
    "1, 4.9e-324, 0, 0",
    "1, 1, 2147483647, 0",
    "1, 1, 0, 1",
    "0.5, 0.5, 1, 0.5"
  })
  void samplingTakesTheEndsOfItsRanges(double temperature, double topP, int topK, double minP) {
    SamplingParams params = new SamplingParams(temperature, topP, topK, minP, OptionalLong.of(-1));
    assertThat(params.topP()).isEqualTo(topP);
  }

  @ParameterizedTest
  @CsvSource({
    "-4.9e-324, 1, 0, 0, temperature, 'temperature must be from 0 to 100, but is -4.9E-324'",
    "100.00000000000001, 1, 0, 0, temperature, 'temperature must be from 0 to 100, but is'",
    "NaN, 1, 0, 0, temperature, 'temperature must be from 0 to 100, but is NaN'",
    "1, 0, 0, 0, top_p, 'top_p must be above 0, at most 1, but is 0.0'",
    "1, 1.0000000000000002, 0, 0, top_p, 'top_p must be above 0, at most 1, but is'",
    "1, NaN, 0, 0, top_p, 'top_p must be above 0, at most 1, but is NaN'",
    "1, 1, -1, 0, top_k, 'top_k must be 0 (all) or more, but is -1'",
    "1, 1, 0, -4.9e-324, min_p, 'min_p must be from 0 to 1, but is'",
    "1, 1, 0, 1.0000000000000002, min_p, 'min_p must be from 0 to 1, but is'",
    "1, 1, 0, NaN, min_p, 'min_p must be from 0 to 1, but is NaN'"
  })
  void samplingRefusesWhatIsOutside(
      double temperature, double topP, int topK, double minP, String parameter, String message) {
    assertInvalid(
        () -> new SamplingParams(temperature, topP, topK, minP, OptionalLong.empty()),
        parameter,
        message);
  }

  private static CompletionRequest request(
      String conversation,
      List<ChatMessage> messages,
      int maxTokens,
      List<String> stop,
      Optional<ForkPoint> fork) {
    return CompletionRequest.of("r", conversation)
        .messages(messages)
        .stop(StopConditions.DEFAULT.withMaxTokens(maxTokens).withTexts(stop))
        .fork(fork)
        .build();
  }

  @Test
  void aRequestHasAConversationAMessageAndRoomForAToken() {
    assertThat(request("c", HI, 1, List.of("x"), Optional.empty()).stop().maxTokens()).hasValue(1);
    assertInvalid(
        () -> request("", HI, 1, List.of(), Optional.empty()),
        "conversation_id",
        "conversation_id must not be empty");
    assertInvalid(
        () -> request("c", List.of(), 1, List.of(), Optional.empty()),
        "messages",
        "messages must have at least one message");
    assertInvalid(
        () -> request("c", HI, 0, List.of(), Optional.empty()),
        "max_tokens",
        "max_tokens must be 1 or more, but is 0");
    assertInvalid(
        () -> request("c", HI, 1, List.of("x", ""), Optional.empty()),
        "stop",
        "stop must not hold an empty text");
  }

  @Test
  void aRequestIsNotChangedByItsListsLater() {
    List<ChatMessage> messages = new ArrayList<>(HI);
    List<String> stop = new ArrayList<>(List.of("x"));
    CompletionRequest request = request("c", messages, 1, stop, Optional.empty());
    messages.clear();
    stop.clear();
    assertThat(request.messages()).isEqualTo(HI);
    assertThat(request.stop().texts()).containsExactly("x");
  }

  @Test
  void aGreedyRequestOfOneMessageAsksForNothingElse() {
    CompletionRequest request = CompletionRequest.ofUser("r", "c", "Hi");
    assertThat(request.messages()).isEqualTo(HI);
    assertThat(request.stop().maxTokens()).isEmpty();
    assertThat(request.sampling()).isEqualTo(SamplingParams.DEFAULT);
    assertThat(request.options().stream() || request.reset() || request.fork().isPresent())
        .isFalse();
  }

  @ParameterizedTest
  @CsvSource({"c~b, c", "c~b~x, c~b", "c~b, c~x", "c, c~x"})
  void aForkHasTheRootOfItsSource(String id, String source) {
    ForkPoint point = new ForkPoint(source, 1);
    assertThat(request(id, HI, 1, List.of(), Optional.of(point)).fork()).hasValue(point);
  }

  @ParameterizedTest
  @CsvSource({"c, c", "c~b, c~b", "d~b, c", "c2~b, c", "d, c", "~a~b, ~a"})
  void anotherRootOrTheSameConversationIsNoFork(String id, String source) {
    assertForkRefused(id, source);
  }

  private static void assertForkRefused(String id, String source) {
    assertInvalid(
        () -> request(id, HI, 1, List.of(), Optional.of(new ForkPoint(source, 1))),
        "conversation_id",
        "conversation_id must be \"%s~\" and a name of the fork, but is \"%s\""
            .formatted(ConversationIds.root(source), id));
  }

  @Test
  void turnsOfForksCountFromOne() {
    assertThat(new ForkPoint("c", 1).turn()).isEqualTo(1);
    assertInvalid(
        () -> new ForkPoint("c", 0), "fork.turn", "fork.turn must be 1 or more, but is 0");
  }

  @ParameterizedTest
  @CsvSource({"c-4, c-4", "c-4~b, c-4", "c-4~b~x, c-4", "~a, ~a", "~, ~", "a~, a", "'', ''"})
  void theRootEndsAtTheFirstTilde(String id, String root) {
    assertThat(ConversationIds.root(id)).isEqualTo(root);
  }

  @Test
  void halvesOfPairsAreFoundWhereTheyStand() {
    assertThat(Surrogates.firstLone("")).isEqualTo(-1);
    assertThat(Surrogates.firstLone("größe 😀😀")).isEqualTo(-1);
    assertThat(Surrogates.firstLone("\ud83d")).isZero();
    assertThat(Surrogates.firstLone("a\ude00b")).isEqualTo(1);
    assertThat(Surrogates.firstLone("😀\ude00")).isEqualTo(2);
    assertThat(Surrogates.firstLone("\ud83dx")).isZero();
    assertThat(Surrogates.firstLone("😀x\ud83d")).isEqualTo(3);
    assertThat(Surrogates.firstLone("\ud83d😀")).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "invalid_request, invalid_request_error",
    "context_length_exceeded, invalid_request_error",
    "request_too_large, invalid_request_error",
    "kv_memory_exceeded, invalid_request_error",
    "conversation_not_found, invalid_request_error",
    "conversation_exists, invalid_request_error",
    "turn_not_found, invalid_request_error",
    "answer_too_large, server_error",
    "answer_incomplete, server_error",
    "deadline_exceeded, timeout_error",
    "queue_full, rate_limit_error",
    "something_else, invalid_request_error"
  })
  void codesAndTheirKindsAreStable(String code, String type) {
    assertThat(ErrorCode.typeOf(code)).isEqualTo(type);
  }

  @ParameterizedTest
  @EnumSource
  void aCodeKnowsItsKind(ErrorCode code) {
    assertThat(ErrorCode.typeOf(code.wireName())).isEqualTo(code.type());
  }

  @ParameterizedTest
  @CsvSource({
    "1, STOP, stop",
    "2, LENGTH, length",
    "3, TOOL_CALLS, tool_calls",
    "4, CANCELLED, cancelled",
    "5, TIMEOUT, timeout",
    "6, CONTENT_FILTER, content_filter"
  })
  void finishReasonsHaveStableCodes(int code, FinishReason reason, String name) {
    assertThat(FinishReason.ofCode(code)).isEqualTo(reason);
    assertThat(reason.code()).isEqualTo(code);
    assertThat(reason.wireName()).isEqualTo(name);
  }

  @Test
  void codesOfLaterVersionsAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FinishReason.ofCode(7))
        .withMessage("unknown code of a finish reason: 7");
  }

  @ParameterizedTest
  @CsvSource({"SYSTEM, system", "USER, user", "ASSISTANT, assistant", "TOOL, tool"})
  void rolesHaveTheirNames(Role role, String name) {
    assertThat(role.wireName()).isEqualTo(name);
    assertThat(Role.ofWireName(name)).hasValue(role);
    assertThat(Role.ofWireName(name.toUpperCase(Locale.ROOT))).isEmpty();
  }

  @Test
  void usageAddsUp() {
    assertThat(new Usage(10, 7, 5).totalTokens()).isEqualTo(15);
  }

  @Test
  void aRecordsTraceIsItsPlaceAndTheHeadersThatAnAnswerRepeats() {
    SourceRecord.Header id = new SourceRecord.Header("id", new byte[] {1});
    SourceRecord.Header own = new SourceRecord.Header(SourceRecord.SOURCE_HEADER, new byte[1]);
    SourceRecord record =
        new SourceRecord("prompts", 3, 1L << 40, new byte[1], new byte[2], List.of(own, id));
    assertThat(record.place()).isEqualTo("prompts-3-1099511627776");
    assertThat(record.trace())
        .isEqualTo(new SourceRecord("prompts", 3, 1L << 40, null, null, List.of(id)));
  }

  private static void assertInvalid(ThrowingCallable made, String parameter, String message) {
    assertThatThrownBy(made)
        .isInstanceOfSatisfying(
            InvalidRequestException.class,
            e -> {
              assertThat(e.parameter()).isEqualTo(parameter);
              assertThat(e.code()).isEqualTo(ErrorCode.INVALID_REQUEST);
              assertThat(e).hasMessageStartingWith(message);
            });
  }

  @Test
  void aModerationSaysWhatItBlocks() {
    Moderation flag = Moderation.of(Moderation.Judged.BOTH, Moderation.Action.FLAG);
    assertThat(flag.judgesPrompt() && flag.judgesAnswer()).isTrue();
    assertThat(flag.blocksPrompt() || flag.blocksAnswer()).isFalse();
    Moderation prompt = Moderation.of(Moderation.Judged.PROMPT, Moderation.Action.BLOCK);
    assertThat(prompt.blocksPrompt()).isTrue();
    assertThat(prompt.judgesAnswer() || prompt.blocksAnswer()).isFalse();
    Moderation answer = Moderation.of(Moderation.Judged.ANSWER, Moderation.Action.BLOCK);
    assertThat(answer.blocksAnswer()).isTrue();
    assertThat(answer.judgesPrompt() || answer.blocksPrompt()).isFalse();
    assertThatThrownBy(() -> flag.withThreshold(1.1))
        .hasMessage("moderation.threshold must be from 0 to 1, but is 1.1");
    assertThatThrownBy(() -> flag.withThresholds(Map.of("law", Double.NaN)))
        .hasMessage("moderation.thresholds must be from 0 to 1, but is NaN");
    assertThatThrownBy(() -> flag.withCategories(List.of("law", "law")))
        .hasMessage("moderation.categories must not name one twice");
    assertThatThrownBy(() -> flag.withCategories(Collections.nCopies(65, "law")))
        .hasMessage("moderation.categories has a size of 65, but at most 64 is allowed");
    assertThatThrownBy(() -> flag.withRubric("x".repeat((1 << 16) + 1)))
        .hasMessageStartingWith("moderation.rubric has a size of 65537");
  }
}

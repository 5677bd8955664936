package io.flinkmistral.jobs.kafka.sink;

import io.flinkmistral.jobs.json.AnswerWriter;
import io.flinkmistral.protocol.Answer;
import io.flinkmistral.protocol.AnswerShape;
import io.flinkmistral.protocol.CompletionEvent.Completed;
import io.flinkmistral.protocol.PromptLogprobs;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** What of an answer fills a record that its topic does not take. */
final class FullRecord {
  /** What may be long, and the request's field that makes it so. */
  private enum Part {
    TEXT("text and calls", "max_tokens", "ask for fewer max_tokens"),
    LOGPROBS("logprobs", "top_logprobs", "ask for fewer top_logprobs, or leave logprobs away"),
    PROMPT_LOGPROBS(
        "prompt_logprobs",
        "prompt_logprobs",
        "ask for fewer prompt_logprobs, or leave prompt_logprobs away"),
    REPEATED("user and metadata", "metadata", "send less metadata");

    final String title;
    final String parameter;
    final String advice;

    Part(String title, String parameter, String advice) {
      this.title = title;
      this.parameter = parameter;
      this.advice = advice;
    }
  }

  private final int choices;
  private final int bytes;
  private final Map<Part, Integer> partBytes = new EnumMap<>(Part.class);

  FullRecord(Completed answer) {
    this.choices = answer.answers().size();
    this.bytes = AnswerWriter.write(answer).length;
    for (Part part : Part.values()) {
      partBytes.put(part, bytes - AnswerWriter.write(without(part, answer)).length);
    }
  }

  private static Completed without(Part part, Completed answer) {
    return switch (part) {
      case TEXT ->
          with(
              answer,
              each(
                  answer,
                  one ->
                      new Answer(
                          "", List.of(), one.finishReason(), one.logprobs(), one.moderation())),
              answer.promptLogprobs(),
              answer.shape());
      case LOGPROBS ->
          with(
              answer,
              each(
                  answer,
                  one ->
                      new Answer(
                          one.text(),
                          one.toolCalls(),
                          one.finishReason(),
                          Optional.empty(),
                          one.moderation())),
              answer.promptLogprobs(),
              answer.shape());
      case PROMPT_LOGPROBS -> with(answer, answer.answers(), Optional.empty(), answer.shape());
      case REPEATED ->
          with(
              answer,
              answer.answers(),
              answer.promptLogprobs(),
              new AnswerShape(answer.shape().chat(), Optional.empty(), Map.of()));
    };
  }

  private static List<Answer> each(Completed answer, UnaryOperator<Answer> change) {
    return answer.answers().stream().map(change).toList();
  }

  private static Completed with(
      Completed answer,
      List<Answer> answers,
      Optional<PromptLogprobs> promptLogprobs,
      AnswerShape shape) {
    return new Completed(
        answer.requestId(),
        answer.conversationId(),
        answer.model(),
        answer.fingerprint(),
        answers,
        promptLogprobs,
        shape,
        answer.usage(),
        answer.timings(),
        answer.origin());
  }

  private Part greatest() {
    return Arrays.stream(Part.values()).max(Comparator.comparingInt(partBytes::get)).orElseThrow();
  }

  /** The request's field that is to blame most. */
  String parameter() {
    return greatest().parameter;
  }

  /** What its client is told. */
  String message(TopicLimits topic) {
    String parts =
        partBytes.entrySet().stream()
            .filter(part -> part.getValue() > 0)
            .map(part -> "%d of %s".formatted(part.getValue(), part.getKey().title))
            .collect(Collectors.joining(", "));
    return "the answer has %d bytes%s (%s), and topic %s takes %d bytes of a record: %s%s, or raise the topic's max.message.bytes; the conversation has the answer"
        .formatted(
            bytes,
            choices > 1 ? " in %d choices".formatted(choices) : "",
            parts,
            topic.topic(),
            topic.maxBytes(),
            greatest().advice,
            choices > 1 ? ", or for fewer choices" : "");
  }
}

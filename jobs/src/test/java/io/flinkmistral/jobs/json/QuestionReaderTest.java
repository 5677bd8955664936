package io.flinkmistral.jobs.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.evaluation.AnswerMatch;
import io.flinkmistral.evaluation.Question;
import io.flinkmistral.protocol.InvalidRequestException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class QuestionReaderTest {
  private static final AnswerMatch NUMBERS =
      new AnswerMatch(
          List.of(
              new AnswerMatch.Found("flexible", "([0-9]+)", true),
              new AnswerMatch.Found("strict", "#### ([0-9]+)", false)),
          List.of(",", "\\$"),
          true,
          false);

  static Stream<Question> questions() {
    return Stream.of(
        Question.Choice.of("1", "g/a", "A dog", List.of("barks.", "é ☃"), 1),
        new Question.Choice(
            "2",
            "g",
            List.of(
                new Question.Option("The cup", " was full.", "The cup"),
                new Question.Option("The pot", " was full.", "The pot")),
            0),
        new Question.Choice(
            "3",
            "g",
            List.of(Question.Option.of("a", "", "b"), Question.Option.of("a", "", "c")),
            0),
        new Question.Generation(
            "4",
            "g",
            "1 + 1 =",
            List.of("2"),
            NUMBERS,
            new Question.Writing(List.of("\n"), 8, 0.2, 99)),
        new Question.Generation(
            "5",
            "g",
            "Say yes:",
            List.of("yes", "Yes."),
            AnswerMatch.whole(),
            new Question.Writing(List.of(), 1, 0, 256)),
        new Question.Text("6", "g", "a text\nof two lines"));
  }

  @ParameterizedTest
  @MethodSource("questions")
  void whatIsWrittenIsReadAsTheSame(Question question) {
    assertThat(QuestionReader.read(QuestionWriter.write(question))).isEqualTo(question);
  }

  @Test
  void answersMayBeTextsOfChoices() {
    assertThat(read("{\"id\":\"1\",\"context\":\"c\",\"choices\":[\"a\",\"b\"],\"answer\":\"b\"}"))
        .isEqualTo(Question.Choice.of("1", "questions", "c", List.of("a", "b"), 1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "no JSON|the record is no JSON",
        "{\"context\":\"c\"}|id is missing",
        "{\"id\":\"1\"}|context is missing",
        "{\"id\":\"1\",\"context\":\"c\"}|answer is missing",
        "{\"id\":\"1\",\"context\":\"c\",\"choices\":[\"a\"],\"answer\":0}|choices must be two or"
            + " more",
        "{\"id\":\"1\",\"context\":\"c\",\"choices\":[\"a\",\"b\"]}|answer is missing",
        "{\"id\":\"1\",\"context\":\"c\",\"choices\":[\"a\",\"b\"],\"answer\":2}|answer must be"
            + " from 0 to 1",
        "{\"id\":\"1\",\"context\":\"c\",\"choices\":[\"a\",\"b\"],\"answer\":\"c\"}|none of the"
            + " choices",
        "{\"id\":\"1\",\"choices\":[\"a\",\"b\"],\"answer\":0}|context is missing",
        "{\"id\":\"1\",\"context\":[\"c\",\"d\"],\"choices\":[\"a\",\"b\"],\"answer\":0}|one for"
            + " each choice",
        "{\"id\":\"1\",\"context\":\"c\",\"choices\":[\"a\",\"\"],\"answer\":0}|must not hold an"
            + " empty text",
        "{\"id\":\"1\",\"text\":\"\"}|text must not be empty",
        "{\"id\":\"1\",\"context\":\"c\",\"answer\":\"a\",\"pattern\":\"(\"}|is no pattern",
        "{\"id\":\"1\",\"context\":\"c\",\"answer\":\"a\",\"n\":17}|n must be from 1 to 16",
        "{\"id\":\"1\",\"context\":\"c\",\"answer\":\"a\",\"patterns\":[{\"pattern\":\"a\",\"metric\":\"a"
            + " b\"}]}|must be letters",
        "{\"unreadable\":\"a.jsonl, document 3: no\",\"record\":\"x\"}|a.jsonl, document 3: no"
      })
  void whatIsNoQuestionIsRefusedByItsField(String record, String message) {
    assertThatThrownBy(() -> read(record))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining(message);
  }

  private static Question read(String record) {
    return QuestionReader.read(record.getBytes(StandardCharsets.UTF_8));
  }
}

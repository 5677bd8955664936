package io.flinkmistral.jobs.evaluation.benchmark;

import io.flinkmistral.evaluation.AnswerMatch;
import io.flinkmistral.protocol.InvalidRequestException;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * What a document of each benchmark looks like to the model: the forms of lm-evaluation-harness
 * {@value Benchmark#HARNESS}, of its tasks of these names.
 */
final class PromptFormats {
  private static final List<String> LETTERS = List.of("A", "B", "C", "D");

  /** What WikiHow's pages have left in HellaSwag's texts. */
  private static final Pattern BRACKETS = Pattern.compile("\\[.*?]", Pattern.UNIX_LINES);

  /**
   * The forms in which GSM8K's answer is looked for: as its own solutions say it, or any number.
   */
  private static final AnswerMatch NUMBER =
      new AnswerMatch(
          List.of(
              new AnswerMatch.Found("flexible_extract", "(-?[$0-9.,]{2,})|(-?[0-9]+)", true),
              new AnswerMatch.Found("strict_match", "#### (\\-?[0-9\\.\\,]+)", false)),
          List.of(",", "\\$", "(?s).*#### ", "\\.$"),
          true,
          false);

  private static final AnswerMatch WORDS =
      new AnswerMatch(
          List.of(new AnswerMatch.Whole(AnswerMatch.EXACT_MATCH)), List.of(), true, true);

  private PromptFormats() {}

  /** The published CSV's columns, or the fields of the same set as JSON. */
  static Rendered mmlu(Doc doc) {
    List<String> choices =
        doc.has("choices") ? doc.texts("choices") : LETTERS.stream().map(doc::text).toList();
    if (choices.size() != LETTERS.size()) {
      throw new InvalidRequestException(
          "choices", "choices must be 4, but there are " + choices.size());
    }
    StringBuilder text = new StringBuilder(doc.text("question").strip());
    for (int i = 0; i < choices.size(); i++) {
      text.append('\n').append(LETTERS.get(i)).append(". ").append(choices.get(i));
    }
    int letter = LETTERS.indexOf(doc.word("answer"));
    return new Rendered.Choices(
        text.append("\nAnswer:").toString(),
        LETTERS,
        letter < 0 ? doc.place("answer", LETTERS.size()) : letter);
  }

  /** What stands before all questions of a subject. */
  static String mmluDescription(String subject) {
    return "The following are multiple choice questions (with answers) about %s.\n\n"
        .formatted(subject.replace('_', ' '));
  }

  static Rendered hellaSwag(Doc doc) {
    List<String> endings = doc.texts("endings").stream().map(PromptFormats::plain).toList();
    return new Rendered.Choices(
        plain(
            "%s: %s %s"
                .formatted(
                    doc.text("activity_label"), doc.text("ctx_a"), capitalized(doc.text("ctx_b")))),
        endings,
        doc.place("label", endings.size()));
  }

  private static String plain(String text) {
    String titles = text.strip().replace(" [title]", ". ");
    return BRACKETS.matcher(titles).replaceAll("").replace("  ", " ");
  }

  /** The first letter large, all others small. */
  private static String capitalized(String text) {
    if (text.isEmpty()) {
      return text;
    }
    int first = text.offsetByCodePoints(0, 1);
    return Character.toString(Character.toTitleCase(text.codePointAt(0)))
        + text.substring(first).toLowerCase(Locale.ROOT);
  }

  static Rendered winoGrande(Doc doc) {
    String sentence = doc.text("sentence");
    int gap = sentence.indexOf('_');
    if (gap < 0) {
      throw new InvalidRequestException("sentence", "sentence has no gap, which is a \"_\"");
    }
    String before = sentence.substring(0, gap);
    List<String> contexts = List.of(before + doc.text("option1"), before + doc.text("option2"));
    int answer = List.of("1", "2").indexOf(doc.word("answer"));
    if (answer < 0) {
      throw new InvalidRequestException("answer", "answer must be 1 or 2");
    }
    return new Rendered.Contexts(contexts, sentence.substring(gap + 1).strip(), answer);
  }

  static Rendered piqa(Doc doc) {
    return new Rendered.Choices(
        "Question: %s\nAnswer:".formatted(doc.text("goal")),
        List.of(doc.text("sol1"), doc.text("sol2")),
        doc.place("label", 2));
  }

  static Rendered arc(Doc doc) {
    Doc question = doc.object("question");
    List<Doc> choices = question.list("choices");
    List<String> labels = choices.stream().map(choice -> choice.word("label")).toList();
    int answer = labels.indexOf(doc.word("answerKey"));
    if (answer < 0) {
      throw new InvalidRequestException(
          "answerKey",
          "answerKey must be one of %s, but is %s".formatted(labels, doc.word("answerKey")));
    }
    return new Rendered.Choices(
        "Question: %s\nAnswer:".formatted(question.text("stem")),
        choices.stream().map(choice -> choice.text("text")).toList(),
        answer);
  }

  /** The file of its authors, or that of SuperGLUE. */
  static Rendered boolQ(Doc doc) {
    return new Rendered.Choices(
        "%s\nQuestion: %s?\nAnswer:".formatted(doc.text("passage"), doc.text("question")),
        List.of("no", "yes"),
        doc.flag(doc.has("label") ? "label" : "answer") ? 1 : 0);
  }

  static Rendered gsm8k(Doc doc) {
    return new Rendered.Open(
        "Question: %s\nAnswer:".formatted(doc.text("question")),
        List.of(doc.text("answer")),
        NUMBER,
        List.of("Question:", "</s>", "<|im_end|>"));
  }

  static Rendered triviaQa(Doc doc) {
    return new Rendered.Open(
        "Question: %s?\nAnswer:".formatted(doc.text("Question")),
        doc.object("Answer").texts("Aliases"),
        WORDS,
        List.of("\n", ".", ","));
  }
}

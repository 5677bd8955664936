package io.flinkmistral.jobs.evaluation.benchmark;

import io.flinkmistral.evaluation.AnswerMatch;
import io.flinkmistral.evaluation.Outcome;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Stream;

/** Benchmarks whose published files can be read; each in a folder of its own name. */
public enum Benchmark {
  MMLU(5, Outcome.ACC, PromptFormats::mmlu, List.of(), List.of()),
  HELLASWAG(
      0,
      Outcome.ACC_NORM,
      PromptFormats::hellaSwag,
      List.of("hellaswag_val.jsonl"),
      List.of("hellaswag_train.jsonl")),
  WINOGRANDE(
      0, Outcome.ACC, PromptFormats::winoGrande, List.of("dev.jsonl"), List.of("train_xl.jsonl")),
  PIQA(0, Outcome.ACC_NORM, PromptFormats::piqa, List.of("valid.jsonl"), List.of("train.jsonl")),
  ARC_EASY(
      0,
      Outcome.ACC_NORM,
      PromptFormats::arc,
      List.of("ARC-Easy-Test.jsonl"),
      List.of("ARC-Easy-Train.jsonl")),
  ARC_CHALLENGE(
      0,
      Outcome.ACC_NORM,
      PromptFormats::arc,
      List.of("ARC-Challenge-Test.jsonl"),
      List.of("ARC-Challenge-Train.jsonl")),
  BOOLQ(
      0,
      Outcome.ACC,
      PromptFormats::boolQ,
      List.of("val.jsonl", "dev.jsonl"),
      List.of("train.jsonl")),
  GSM8K(8, "flexible_extract", PromptFormats::gsm8k, List.of("test.jsonl"), List.of("train.jsonl")),
  TRIVIAQA(
      5,
      AnswerMatch.EXACT_MATCH,
      PromptFormats::triviaQa,
      List.of("web-dev.json", "wikipedia-dev.json"),
      List.of("web-train.json"));

  /** The version of lm-evaluation-harness whose prompts these are. */
  public static final String HARNESS = "0.4.13";

  /** The announcement elects GSM8K's answers among so many. */
  private static final int GSM8K_SAMPLES = 8;

  private final int shots;
  private final String metric;
  private final Function<Doc, Rendered> format;
  private final List<String> questions;
  private final List<String> examples;

  Benchmark(
      int shots,
      String metric,
      Function<Doc, Rendered> format,
      List<String> questions,
      List<String> examples) {
    this.shots = shots;
    this.metric = metric;
    this.format = format;
    this.questions = questions;
    this.examples = examples;
  }

  /** All of them, as options and groups name them. */
  public static List<String> words() {
    return Stream.of(values()).map(Benchmark::word).toList();
  }

  /** The one of a name. */
  public static Benchmark of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT).replace('-', '_'));
  }

  /** Its name in options and groups. */
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Examples before each question, where nothing else is said: the announcement's number. */
  public int shots() {
    return shots;
  }

  /** Answers that are written to each question, where nothing else is said: the same. */
  public int samples() {
    return this == GSM8K ? GSM8K_SAMPLES : 1;
  }

  /** The metric that the announcement's figure is held against. */
  public String metric() {
    return metric;
  }

  Rendered render(Doc doc) {
    return format.apply(doc);
  }

  /** Names of files that have questions; those that are there are read. None: see the folder. */
  List<String> questionFiles() {
    return questions;
  }

  /** Names of files that have examples; the first that is there is read. */
  List<String> exampleFiles() {
    return examples;
  }
}

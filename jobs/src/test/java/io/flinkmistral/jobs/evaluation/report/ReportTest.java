package io.flinkmistral.jobs.evaluation.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.evaluation.statistics.Tally;
import io.flinkmistral.jobs.evaluation.benchmark.Benchmark;
import io.flinkmistral.jobs.json.QuestionResult;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.xml.parsers.DocumentBuilderFactory;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

class ReportTest {
  private static final Offset<Double> CLOSE = Offset.offset(1e-12);

  /** {@code right} of {@code all} questions. */
  private static void add(Tallies tallies, String group, String metric, int right, int all) {
    for (int i = 0; i < all; i++) {
      tallies.add(
          new QuestionResult(
              String.valueOf(i), group, "a", Map.of(metric, i < right ? 1.0 : 0.0), "fp_1"));
    }
  }

  private static Tallies tallies() {
    Tallies tallies = new Tallies();
    add(tallies, "mmlu/anatomy", "acc", 60, 100);
    add(tallies, "mmlu/tea", "acc", 10, 20);
    add(tallies, "gsm8k", "flexible_extract", 3, 4);
    add(tallies, "an own <group> of a name that is longer than its column", "acc", 1, 1);
    tallies.add(
        new QuestionResult(
            "1",
            "prose",
            "",
            new TreeMap<>(
                Map.of("log_likelihood", -20.0, "tokens", 10.0, "words", 5.0, "bytes", 40.0)),
            "fp_1"));
    tallies.addLetter("invalid_request");
    return tallies;
  }

  @Test
  void aGroupWithPartsIsWeightedByTheirSizes() {
    Report report = Report.of("m", tallies());
    Report.Group mmlu =
        report.groups().stream().filter(group -> group.name().equals("mmlu")).findFirst().get();
    Report.Figure acc = mmlu.figures().get("acc");
    assertThat(mmlu.questions()).isEqualTo(120);
    assertThat(acc.value()).isCloseTo(70.0 / 120, CLOSE);
    // sqrt((sum of squared deviations) / (120 - 2) / 120)
    assertThat(acc.error()).isCloseTo(Math.sqrt((100 * 0.24 + 20 * 0.25) / 118 / 120), CLOSE);
    assertThat(report.questions()).isEqualTo(126);
  }

  /** What the harness' test of this holds: 0.3375 of three parts by size. */
  @Test
  void partsOfDifferentSizesCountByThem() {
    Tallies tallies = new Tallies();
    add(tallies, "g/a", "acc", 6, 20);
    add(tallies, "g/b", "acc", 8, 40);
    add(tallies, "g/c", "acc", 40, 100);
    assertThat(Report.of("m", tallies).groups().getFirst().figures().get("acc").value())
        .isCloseTo(0.3375, CLOSE);
  }

  /** The pooled error is about that of all numbers together, as the harness' test has it. */
  @Test
  void thePooledErrorIsAboutThatOfAllTogether() {
    List<Tally> parts = List.of(shares(40, 100), shares(30, 60), shares(20, 80));
    Tally all = parts.stream().reduce(Tally.NONE, Tally::plus);
    assertThat(Tally.pooledStandardError(parts))
        .isCloseTo(all.standardError(), Offset.offset(1e-3));
  }

  private static Tally shares(int right, int all) {
    return new Tally(all, right, right);
  }

  @Test
  void theTextFitsATerminal() {
    String text = ReportText.of(Report.of("mistral\u001b[31m-7b", tallies()));
    assertThat(text.lines()).allSatisfy(line -> assertThat(line).hasSizeLessThan(81));
    assertThat(text)
        .doesNotContain("\u001b")
        .contains("questions  126; without an answer: 1 invalid_request\n")
        .containsPattern("mmlu {28}acc {22}120 {5}58.33 {5}4.53\n")
        .containsPattern("  anatomy {23}acc {22}100 {5}60.00 {5}4.92\n")
        .containsPattern("prose +perplexity +1 +7.3891\\n +word_perplexity +54.5982\\n")
        .containsPattern("MMLU {7}58.3 \\+- 4.5 {12}60.1 {10}55.6 {10}44.4 {10}36.9\n")
        .containsPattern("NQ {32}28.8 {10}29.0 {10}24.7 {10}11.0\n");
  }

  @Test
  void withoutBenchmarksThereIsNoAnnouncement() {
    Tallies tallies = new Tallies();
    add(tallies, "own", "acc", 1, 2);
    assertThat(ReportText.of(Report.of("m", tallies))).doesNotContain("announcement");
    assertThat(ReportPicture.of(Report.of("m", tallies))).doesNotContain("Llama");
  }

  @Test
  void thePictureIsWellFormed() throws Exception {
    String svg = ReportPicture.of(Report.of("a & <b>", tallies()));
    Document picture =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new InputSource(new StringReader(svg)));
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < picture.getElementsByTagName("text").getLength(); i++) {
      texts.add(picture.getElementsByTagName("text").item(i).getTextContent());
    }
    assertThat(texts)
        .contains("a & <b>", "mmlu", "anatomy", "58.3 acc", "Mistral 7B", "75.0 flexible_extract");
    // Four models in the legend, and at MMLU and GSM8K.
    assertThat(picture.getElementsByTagName("path").getLength()).isEqualTo(12);
  }

  @Test
  void whatIsKeptIsTheSameAgain() {
    Tallies kept = Tallies.ofArrays(tallies().toArrays());
    assertThat(kept.metrics()).isEqualTo(tallies().metrics());
    assertThat(kept.letters()).isEqualTo(tallies().letters());
    assertThat(ReportJson.of(Report.of("m", kept)))
        .isEqualTo(ReportJson.of(Report.of("m", tallies())))
        .contains(
            "\"mmlu\":{\"questions\":120,\"acc\":0.583",
            "\"dead_letters\":{\"invalid_request\":1}");
  }

  /** As the announcement's table has them. */
  @Test
  void figuresAreUnderTheirBenchmarks() {
    assertThat(Announcement.MISTRAL_7B.figure(Benchmark.GSM8K)).hasValue(52.2);
    assertThat(Announcement.LLAMA_2_13B.figure(Benchmark.ARC_CHALLENGE)).hasValue(48.8);
    assertThat(Announcement.LLAMA_2_7B.figure(Benchmark.TRIVIAQA)).hasValue(63.8);
    assertThat(Announcement.CODE_LLAMA_7B.figure("MBPP")).isEqualTo(52.5);
    assertThat(Announcement.MISTRAL_7B.figure(Benchmark.BOOLQ)).isEmpty();
  }
}

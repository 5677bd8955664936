/**
 * What many questions' outcomes come to: a text of 80 columns, a picture, and JSON. Flink is not
 * needed here.
 *
 * <p>An example:
 *
 * <pre>{@code
 * Tallies tallies = new Tallies();
 * results.forEach(tallies::add);
 * Report report = Report.of("mistral-7b", tallies);
 * System.out.print(ReportText.of(report));
 * Files.writeString(picture, ReportPicture.of(report));
 * }</pre>
 *
 * <p>Groups that are called as a benchmark of the announcement of Mistral 7B are shown next to its
 * figures.
 */
package io.flinkmistral.jobs.evaluation.report;

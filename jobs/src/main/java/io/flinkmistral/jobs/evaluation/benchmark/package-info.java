/**
 * Benchmarks out of their published files: each document becomes the prompt that
 * lm-evaluation-harness {@value io.flinkmistral.jobs.evaluation.benchmark.Benchmark#HARNESS} makes
 * of it. Flink is not needed here.
 *
 * <p>An example: zero-shot questions out of HellaSwag's validation file.
 *
 * <pre>{@code
 * BenchmarkFiles files = new BenchmarkFiles(Path.of("data"), new BenchmarkFiles.Asking(OptionalInt.empty(), OptionalInt.empty(), 0.2, 0));
 * files.read(Benchmark.HELLASWAG, line -> out.write(line));
 * }</pre>
 *
 * <p>What may surprise: examples are the first of their file for all questions, so that these begin
 * alike and share keys and values; the harness draws others for each question of some benchmarks.
 */
package io.flinkmistral.jobs.evaluation.benchmark;

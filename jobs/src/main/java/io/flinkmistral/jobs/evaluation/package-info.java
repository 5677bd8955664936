/**
 * The evaluation job: questions from a topic, from files, or out of benchmarks' published files;
 * each asked and scored, and a report of all. {@link io.flinkmistral.jobs.evaluation.EvaluationJob}
 * is what {@code flink run} starts, {@link io.flinkmistral.jobs.evaluation.EvaluationPipeline} the
 * job itself:
 *
 * <pre>{@code
 * Configuration options = JobArguments.parse(EvaluationJobOptions.CHECKED, Map.of(), arguments);
 * EvaluationPipeline.add(env, options);
 * env.execute("evaluation");
 * }</pre>
 *
 * <p>What may surprise: a benchmark's files are read where the job is submitted, and become a file
 * of questions beside the output, which the TaskManagers read. The report is written when the last
 * question has its outcome: of a topic those count that it has when the job starts.
 */
package io.flinkmistral.jobs.evaluation;

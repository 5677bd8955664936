/**
 * What a slot tells of itself, in the words of vLLM's metrics, so that dashboards made for those
 * can be used.
 *
 * <p>An example: with Flink's Prometheus reporter and {@code filterLabelValueCharacters: false},
 * the 95th percentile of the time to the first token over all slots is
 *
 * <pre>{@code
 * histogram_quantile(0.95, sum by (le) (rate(
 *   flink_taskmanager_job_task_operator_mistral_le_time_to_first_token_seconds_bucket[5m])))
 * }</pre>
 */
package io.flinkmistral.operator.metrics;

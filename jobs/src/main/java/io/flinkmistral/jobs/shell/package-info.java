/**
 * {@code mvn -q -Psql}: scripts and a prompt of SQL on a Flink of this process, with a small model.
 * None of it is in the job's jar.
 *
 * <pre>{@code
 * mvn -q -Psql -Dscript=reviews.sql -Dmodel=/models/mistral-7b-instruct-v0.3.Q4_0.gguf
 * }</pre>
 */
package io.flinkmistral.jobs.shell;

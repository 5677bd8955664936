/** {@code mvn -q -Pbench-state}: what the job's state costs. */
package io.flinkmistral.jobs.bench;

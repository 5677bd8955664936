/** What the gateway counts and measures, for Prometheus. */
package io.flinkmistral.jobs.gateway.metrics;

/** What a Flink cluster says of itself and of its jobs over HTTP, and what is told to people. */
package io.flinkmistral.jobs.cluster.rest;

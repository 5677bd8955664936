/** One request of HTTP and its response, and the bounds of both. */
package io.flinkmistral.jobs.gateway.http.exchange;

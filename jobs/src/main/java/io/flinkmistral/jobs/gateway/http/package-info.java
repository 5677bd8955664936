/**
 * The gateway's HTTP: routes, bodies, streams. All that knows the server's library is here and
 * below.
 */
package io.flinkmistral.jobs.gateway.http;

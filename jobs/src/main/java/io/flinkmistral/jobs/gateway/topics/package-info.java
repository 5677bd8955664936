/**
 * The gateway's side of the topics: writes requests, and brings what the job says of them to those
 * who wait. No HTTP.
 */
package io.flinkmistral.jobs.gateway.topics;

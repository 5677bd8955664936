/** The gateway's options, in one list. */
package io.flinkmistral.jobs.gateway.options;

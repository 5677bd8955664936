/** Who may call the gateway, and whose conversations are whose. */
package io.flinkmistral.jobs.gateway.access;

/** How much waits for the job, of this gateway's calls and of others. */
package io.flinkmistral.jobs.gateway.load;

/** How the job's state is kept. */
package io.flinkmistral.jobs.state;

/**
 * The options of the jobs: where they come from (arguments, environment), and the table that
 * documents them.
 */
package io.flinkmistral.jobs.options;

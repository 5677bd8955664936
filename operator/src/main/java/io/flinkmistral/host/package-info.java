/**
 * What of this machine's processors the process may use: those that it may run on (affinity,
 * cpuset), what of their time the container's quota leaves it, which of them are threads of one
 * core, and which other engines work on them now.
 *
 * <p>What may surprise: all of it is read from files of Linux and of the temporary folder, which
 * may be missing or hold anything. What cannot be read limits nothing.
 */
package io.flinkmistral.host;

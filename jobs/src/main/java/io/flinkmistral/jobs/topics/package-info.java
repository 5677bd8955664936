/** Creates the topics of a chat job on a broker, where somebody has to. */
package io.flinkmistral.jobs.topics;

/**
 * Clients of OpenAI's keep their dialogues themselves, and send all of one each time. Which
 * conversation of the job has seen the most of it is found out here.
 */
package io.flinkmistral.jobs.gateway.dialogue;

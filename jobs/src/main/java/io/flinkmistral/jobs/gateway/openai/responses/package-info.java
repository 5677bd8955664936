/**
 * OpenAI's Responses: what clients send and expect, as JSON and nothing else. A request is put into
 * the words of the topics, and pieces of its answer into items and events.
 */
package io.flinkmistral.jobs.gateway.openai.responses;

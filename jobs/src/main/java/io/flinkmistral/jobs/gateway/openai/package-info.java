/**
 * What clients of OpenAI's services send and expect, as JSON and nothing else: neither HTTP nor
 * topics. What is between the two, {@link io.flinkmistral.jobs.gateway.openai.Piece}, is told to an
 * {@link io.flinkmistral.jobs.gateway.openai.AnswerListener}.
 */
package io.flinkmistral.jobs.gateway.openai;

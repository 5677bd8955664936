/**
 * Requests and answers as JSON, in OpenAI's words.
 *
 * <p>What may surprise: an object with two fields of one name, text after the object, and bytes
 * that are no UTF-8 are refused, although many parsers let them pass; unknown fields are ignored
 * and {@code null} is as good as absent, although a strict parser would refuse them.
 */
package io.flinkmistral.jobs.json;

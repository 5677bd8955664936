/**
 * Requests and answers as JSON, in OpenAI's words.
 *
 * <p>What may surprise: an object with two fields of one name, text after the object, and bytes
 * that are no UTF-8 are refused, although many parsers let them pass, and so are fields that are
 * unknown or ask for what there is not, although most services drop them: see {@link
 * io.flinkmistral.jobs.json.RequestFields}. {@code null} is as good as absent.
 */
package io.flinkmistral.jobs.json;

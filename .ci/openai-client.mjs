// What OpenAI's own client makes of a gateway; GATEWAY says where it listens.
import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI from "openai";

const client = new OpenAI({ baseURL: process.env.GATEWAY + "/v1", apiKey: "none", maxRetries: 0 });
const model = (await client.models.list()).data[0].id;
const messages = [{ role: "user", content: "What is seven plus two?" }];
const story = [{ role: "user", content: "Tell me a story about a pink owl called Ben." }];

test("a whole answer", async () => {
  const answer = await client.chat.completions.create({ model, messages });
  assert.equal(answer.choices[0].message.content, "Seven plus two is nine.");
  assert.equal(answer.choices[0].finish_reason, "stop");
  assert.ok(answer._request_id);
});

test("a stream, put together by the client", async () => {
  const stream = client.chat.completions.stream({ model, messages, stream_options: { include_usage: true } });
  let text = "";
  stream.on("content", (delta) => (text += delta));
  const answer = await stream.finalChatCompletion();
  assert.equal(text, "Seven plus two is nine.");
  assert.equal(answer.choices[0].message.content, text);
  assert.ok((await stream.totalUsage()).completion_tokens > 0);
});

test("several answers with their probabilities", async () => {
  const answer = await client.chat.completions.create({ model, messages, n: 2, seed: 1, temperature: 1, logprobs: true, top_logprobs: 2 });
  assert.deepEqual(answer.choices.map((choice) => choice.index), [0, 1]);
  assert.equal(answer.choices[1].logprobs.content[0].top_logprobs.length, 2);
});

test("calls of tools, whole and streamed", async () => {
  const request = {
    model, messages, parallel_tool_calls: false, tool_choice: "required",
    tools: [{ type: "function", function: { name: "add", parameters: {
      type: "object", properties: { a: { type: "integer", minimum: 0, maximum: 9 } }, required: ["a"], additionalProperties: false } } }],
  };
  const whole = await client.chat.completions.create(request);
  const streamed = await client.chat.completions.stream(request).finalChatCompletion();
  for (const answer of [whole, streamed]) {
    assert.equal(answer.choices[0].finish_reason, "tool_calls");
    assert.equal(answer.choices[0].message.tool_calls[0].function.name, "add");
    assert.equal(typeof JSON.parse(answer.choices[0].message.tool_calls[0].function.arguments).a, "number");
  }
});

test("a text that is gone on with", async () => {
  const whole = await client.completions.create({ model, prompt: "Once upon a time", max_tokens: 5 });
  let text = "";
  for await (const piece of await client.completions.create({ model, prompt: "Once upon a time", max_tokens: 5, stream: true })) {
    text += piece.choices[0].text;
  }
  assert.equal(text, whole.choices[0].text);
});

test("errors are those of the client", async () => {
  await assert.rejects(client.chat.completions.create({ model: "gpt-5", messages }), (error) => error instanceof OpenAI.NotFoundError && error.code === "model_not_found");
  await assert.rejects(client.chat.completions.create({ model, messages, n: 99 }), (error) => error instanceof OpenAI.BadRequestError && error.param === "n");
  await assert.rejects(client.embeddings.create({ model, input: "Hi" }), (error) => error.status === 501);
});

test("an answer that is given up", async () => {
  const stream = await client.chat.completions.create({ model, messages: story, max_tokens: 400, ignore_eos: true, stream: true });
  let pieces = 0;
  for await (const _ of stream) {
    if (++pieces === 5) stream.controller.abort();
  }
  assert.ok(pieces < 400);
});

test("a request with a key is answered once", async () => {
  const options = { headers: { "Idempotency-Key": "key-" + Date.now() } };
  const answers = await Promise.all([1, 2, 3].map(() => client.chat.completions.create({ model, messages }, options)));
  assert.equal(new Set(answers.map((answer) => answer.id)).size, 1);
});

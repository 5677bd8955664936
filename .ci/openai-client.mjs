// What OpenAI's own client makes of a gateway; GATEWAY says where it listens.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
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

test("responses: a turn that goes on, another one that is a fork", async () => {
  const first = await client.responses.create({ model, input: "My name is Sofia." });
  const after = (previous, input) => client.responses.create({ model, input, previous_response_id: previous.id });
  const [other, renamed] = [await after(first, "Who am I?"), await after(first, "My name is Ben.")];
  assert.match(other.output_text, /Sofia/);
  assert.match((await after(renamed, "Who am I?")).output_text, /Ben/);
  assert.match((await after(other, "Who am I?")).output_text, /Sofia/);
  assert.equal(new Set([first, other, renamed].map((response) => response.id)).size, 3);
  assert.equal(first.status, "completed");
  assert.ok(first.usage.output_tokens > 0);
});

test("a response as events, put together by the client", async () => {
  const stream = client.responses.stream({ model, input: messages[0].content });
  let text = "";
  const types = [];
  stream.on("event", (event) => types.push(event.type));
  stream.on("response.output_text.delta", (event) => (text += event.delta));
  const response = await stream.finalResponse();
  assert.equal(text, "Seven plus two is nine.");
  assert.equal(response.output_text, text);
  assert.deepEqual([types[0], types.at(-1)], ["response.created", "response.completed"]);
});

test("a response that calls a tool, and one that is told what came of it", async () => {
  const tools = [{ type: "function", name: "add", strict: true, parameters: {
    type: "object", properties: { a: { type: "integer", minimum: 0, maximum: 9 } }, required: ["a"], additionalProperties: false } }];
  const request = { model, input: messages[0].content, tools, tool_choice: "required", parallel_tool_calls: false };
  const called = await client.responses.create(request);
  const streamed = await client.responses.stream(request).finalResponse();
  assert.equal(called.output[0].type, "function_call");
  assert.equal(streamed.output[0].arguments, called.output[0].arguments);
  const answered = await client.responses.create({ model, tools, previous_response_id: called.id,
    input: [{ type: "function_call_output", call_id: called.output[0].call_id, output: "9" }] });
  assert.equal(answered.status, "completed");
});

test("a response of a schema, parsed by the client", async () => {
  const response = await client.responses.parse({ model, input: messages[0].content, text: { format: { type: "json_schema", name: "n",
    schema: { type: "object", properties: { n: { type: "integer", minimum: 0, maximum: 9 } }, required: ["n"], additionalProperties: false } } } });
  assert.equal(typeof JSON.parse(response.output_text).n, "number");
});

test("responses as they come, for .ci/gateway to hold against OpenAI's types", async () => {
  const tools = [{ type: "function", name: "add", parameters: { type: "object", properties: {}, additionalProperties: false } }];
  const requests = [
    { input: messages[0].content },
    { input: [{ role: "user", content: [{ type: "input_text", text: "Hi" }] }], instructions: "Be brief.", top_logprobs: 2, metadata: { a: "b" }, user: "u", temperature: 1, seed: 3 },
    { input: messages[0].content, tools, tool_choice: "required", parallel_tool_calls: false },
    { input: story[0].content, max_output_tokens: 3, store: false, text: { format: { type: "text" } } },
    { input: "Hi", conversation: { id: "types-" + Date.now() } },
  ];
  const post = (body) => fetch(process.env.GATEWAY + "/v1/responses", { method: "POST", body: JSON.stringify(body) });
  const seen = { responses: [], events: [] };
  for (const request of requests) {
    seen.responses.push(await (await post(request)).json());
    for (const part of (await (await post({ ...request, stream: true })).text()).split("\n\n").filter(Boolean)) {
      const [name, data] = part.split("\n");
      const event = JSON.parse(data.slice("data: ".length));
      assert.equal(name, "event: " + event.type);
      seen.events.push(event);
    }
  }
  assert.ok(seen.responses.every((response) => response.object === "response"));
  writeFileSync("responses.json", JSON.stringify(seen));
});

test("what there is not of responses is said", async () => {
  await assert.rejects(client.responses.retrieve("resp_1"), (error) => error.status === 501);
  await assert.rejects(client.responses.delete("resp_1"), (error) => error.status === 501);
  await assert.rejects(client.responses.create({ model, input: "Hi", previous_response_id: "resp_1" }), (error) => error.code === "previous_response_not_found");
  await assert.rejects(client.responses.create({ model, input: "Hi", background: true }), (error) => error instanceof OpenAI.BadRequestError && error.param === "background");
});

test("a response that is given up", async () => {
  const stream = await client.responses.create({ model, input: story[0].content, max_output_tokens: 400, ignore_eos: true, stream: true });
  let events = 0;
  for await (const _ of stream) {
    if (++events === 8) stream.controller.abort();
  }
  assert.ok(events < 400);
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

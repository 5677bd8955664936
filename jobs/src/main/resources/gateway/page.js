"use strict";
// Chats with the gateway that serves this page. Conversations are kept in this browser; each request brings its whole
// dialogue. Whatever a model says is text: nothing of it is ever read as HTML.

const STORE = "flink-mistral.conversations";
const $ = (id) => document.getElementById(id);
const make = (name, text, className) => {
  const element = document.createElement(name);
  if (text !== undefined) element.textContent = text;
  if (className) element.className = className;
  return element;
};
const button = (text, action) => {
  const element = make("button", text);
  element.type = "button";
  element.addEventListener("click", action);
  return element;
};

/** Conversations {id, title, messages: [{role, content, note}]}, the newest first. */
let conversations = load();
let current = conversations[0] ?? begin([]);
let running = null;

/** What the gateway lets its own page do. */
let session = { kills: false, token: "" };
let watching = null;
const MOST_RECORDS = 200;
const WAITING = "Waiting for the model …";

function load() {
  try {
    const kept = JSON.parse(localStorage.getItem(STORE));
    return Array.isArray(kept) ? kept.filter((one) => one && Array.isArray(one.messages)) : [];
  } catch {
    return [];
  }
}

function keep() {
  try {
    localStorage.setItem(STORE, JSON.stringify(conversations.filter((one) => one.messages.length > 0)));
  } catch {
    say("This browser keeps no more conversations: delete some.", true);
  }
}

function begin(messages) {
  const one = { id: crypto.getRandomValues(new Uint32Array(4)).join("-"), title: titleOf(messages), messages };
  conversations.unshift(one);
  return one;
}

function titleOf(messages) {
  return (messages.find((message) => message.role === "user")?.content ?? "New conversation").slice(0, 60);
}

function say(text, failed = false) {
  $("status").textContent = text;
  $("status").className = failed ? "failed" : "";
}

function show() {
  $("title").textContent = current.title;
  $("conversations").replaceChildren(
    ...conversations.map((one) => {
      const item = make("li");
      const open = button(one.title, () => choose(one));
      open.setAttribute("aria-current", String(one === current));
      const drop = button("×", () => remove(one));
      drop.setAttribute("aria-label", "Delete " + one.title);
      item.append(open, drop);
      return item;
    }),
  );
  $("messages").replaceChildren(...current.messages.map(showMessage));
  $("messages").scrollTop = $("messages").scrollHeight;
  $("send").hidden = running !== null;
  $("stop").hidden = running === null;
}

function showMessage(message, index) {
  const article = make("article", undefined, message.role);
  article.setAttribute("aria-label", message.role === "user" ? "You" : "Model");
  article.append(make("p", message.content));
  const footer = make("footer");
  footer.append(make("span", message.note ?? ""));
  if (running === null) {
    footer.append(button("Fork", () => fork(index)));
    if (index === current.messages.length - 1) {
      footer.append(button(message.role === "user" ? "Ask again" : "Regenerate", regenerate));
    }
  }
  article.append(footer);
  return article;
}

function choose(one) {
  stop();
  current = one;
  openSide(false);
  say("");
  show();
  $("text").focus();
}

function remove(one) {
  if (one === current) stop();
  conversations = conversations.filter((other) => other !== one);
  if (one === current) current = conversations[0] ?? begin([]);
  keep();
  show();
}

/** A new conversation with all up to this message. */
function fork(index) {
  choose(begin(structuredClone(current.messages.slice(0, index + 1))));
  current.title = "Fork: " + current.title;
  keep();
  show();
  if (current.messages.at(-1).role === "user") answer(current);
}

function regenerate() {
  if (current.messages.at(-1).role === "assistant") current.messages.pop();
  answer(current);
}

function stop() {
  running?.abort();
}

function openSide(open) {
  $("side").classList.toggle("open", open);
  $("menu").setAttribute("aria-expanded", String(open));
}

function headers() {
  const key = $("key").value.trim();
  return { "Content-Type": "application/json", ...(key ? { Authorization: "Bearer " + key } : {}) };
}

function request(messages) {
  const number = (id) => ($(id).value === "" ? {} : { [id]: Number($(id).value) });
  const system = $("system").value.trim();
  return {
    ...($("model").value ? { model: $("model").value } : {}),
    messages: [
      ...(system ? [{ role: "system", content: system }] : []),
      ...messages.map(({ role, content }) => ({ role, content })),
    ],
    stream: true,
    stream_options: { include_usage: true },
    ...number("temperature"), ...number("top_p"), ...number("max_tokens"), ...number("seed"),
  };
}

async function answer(conversation) {
  const controller = new AbortController();
  const body = JSON.stringify(request(conversation.messages));
  const message = { role: "assistant", content: "", note: "" };
  conversation.messages.push(message);
  conversation.title = conversation.title.startsWith("Fork: ") ? conversation.title : titleOf(conversation.messages);
  running = controller;
  say(WAITING);
  show();
  const begun = performance.now();
  let first = 0;
  let usage = null;
  try {
    const response = await fetch("v1/chat/completions", { method: "POST", headers: headers(), body, signal: controller.signal });
    if (!response.ok) throw new Error(await errorOf(response));
    for await (const event of events(response.body)) {
      if (event.error) throw new Error(event.error.message);
      usage = event.usage ?? usage;
      const piece = event.choices?.[0]?.delta?.content;
      if (piece) {
        first ||= performance.now();
        message.content += piece;
        if (conversation === current) showPiece(message);
      }
    }
    message.note = note(usage, begun, first) + (controller.killed ? `; ${controller.killed} was killed meanwhile` : "");
    say("");
  } catch (error) {
    if (controller.signal.aborted) {
      message.note = "stopped";
      say("Stopped.");
    } else {
      message.note = "failed";
      say(String(error.message), true);
    }
  }
  if (message.content === "" && !usage) conversation.messages.splice(conversation.messages.indexOf(message), 1);
  if (running === controller) running = null;
  keep();
  show();
}

function showPiece(message) {
  const log = $("messages");
  const follows = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  log.lastElementChild.querySelector("p").textContent = message.content;
  if (follows) log.scrollTop = log.scrollHeight;
  if ($("status").textContent === WAITING) say("");
}

function note(usage, begun, first) {
  if (!usage) return "";
  const seconds = (performance.now() - first) / 1000;
  const cached = usage.prompt_tokens_details?.cached_tokens ?? 0;
  const rate = first && seconds > 0 ? `, ${(usage.completion_tokens / seconds).toFixed(1)} a second` : "";
  return `${usage.completion_tokens} tokens${rate}, the first after ${Math.round((first || performance.now()) - begun)} ms; `
    + `prompt of ${usage.prompt_tokens}, ${cached} of them cached`;
}

async function errorOf(response) {
  try {
    return (await response.json()).error.message;
  } catch {
    return `The gateway answered ${response.status}.`;
  }
}

/** The JSON of each server-sent event, up to the last one. */
async function* events(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) throw new Error("The connection ended before the answer did.");
    text += value;
    const parts = text.split("\n\n");
    text = parts.pop();
    for (const part of parts) {
      if (part === "data: [DONE]") return;
      if (part.startsWith("data: ")) yield JSON.parse(part.slice(6));
    }
  }
}

async function models() {
  const response = await fetch("v1/models", { headers: headers() });
  if (!response.ok) {
    say(await errorOf(response), true);
    return;
  }
  const names = (await response.json()).data.map((model) => model.id);
  $("model").replaceChildren(...names.map((name) => make("option", name)));
  say("");
}

async function open() {
  const response = await fetch("page/session", { headers: headers() });
  if (response.ok) session = await response.json();
  $("kill").hidden = !session.kills;
}

async function kill() {
  $("kill").disabled = true;
  try {
    const response = await fetch("page/kill-taskmanager", {
      method: "POST", headers: { ...headers(), "X-Page-Token": session.token },
    });
    if (!response.ok) throw new Error(await errorOf(response));
    const killed = (await response.json()).killed;
    if (running) running.killed = killed;
    say(`Killed: ${killed}. Another one goes on from the last checkpoint${running ? ", with the next word" : ""}.`);
  } catch (error) {
    say(String(error.message), true);
  }
  $("kill").disabled = false;
}

async function watch() {
  if (watching) {
    watching.abort();
    return;
  }
  const controller = new AbortController();
  watching = controller;
  showTopics(true);
  $("watched").textContent = "Waiting for the broker …";
  try {
    const response = await fetch("page/topics", { headers: headers(), signal: controller.signal });
    if (!response.ok) throw new Error(await errorOf(response));
    $("watched").textContent = "What is written to the topics from now on, the newest first:";
    for await (const record of events(response.body)) showRecord(record);
  } catch (error) {
    if (!controller.signal.aborted) say(String(error.message), true);
  }
  watching = null;
  showTopics(false);
}

function showTopics(open) {
  $("topics").hidden = !open;
  $("watch").setAttribute("aria-expanded", String(open));
}

function showRecord(record) {
  const item = make("li", undefined, record.topic);
  const details = make("details");
  const summary = make("summary");
  summary.append(make("b", record.topic), ` ${record.partition}/${record.offset} ${wordsOf(record)}`);
  details.append(summary, make("pre", `key ${record.key}\n${record.value}`));
  item.append(details);
  $("records").prepend(item);
  while ($("records").childElementCount > MOST_RECORDS) $("records").lastElementChild.remove();
}

/** The part of a record that says most, if it can be told. */
function wordsOf(record) {
  try {
    const value = JSON.parse(record.value);
    const end = value.finish_reason ? ` (${value.finish_reason})` : "";
    if ("choice" in value) return `${value.index}: ${JSON.stringify(value.text)}${end}`;
    return value.choices?.[0].message?.content ?? value.error?.message ?? value.messages?.at(-1).content ?? record.value;
  } catch {
    return record.value;
  }
}

$("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("text").value.trim();
  if (!text || running) return;
  $("text").value = "";
  current.messages.push({ role: "user", content: text });
  answer(current);
});
$("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    $("ask").requestSubmit();
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") running ? stop() : (openSide(false), watching?.abort());
});
$("stop").addEventListener("click", stop);
$("new").addEventListener("click", () => choose(current.messages.length === 0 ? current : begin([])));
$("menu").addEventListener("click", () => openSide(!$("side").classList.contains("open")));
$("kill").addEventListener("click", kill);
$("watch").addEventListener("click", watch);
$("key").addEventListener("change", () => Promise.all([models(), open()]));
show();
open().catch(() => {});
models().catch(() => say("The gateway does not answer.", true));

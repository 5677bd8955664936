// llama.cpp beside the engine: the tests of Bench, on the same file.
//   npm install --ignore-scripts node-llama-cpp@3.22.1
//   node llama-cpp.mjs MODEL THREADS TESTS REPEATS
import {getLlama} from "node-llama-cpp";
import {readFileSync} from "node:fs";

const [path, threads = "2", tests = "pp128,tg32", repeats = "3"] = process.argv.slice(2);
// The tokens that the numbers of a test come to.
const longest = Math.max(128, ...tests.split(",").map(test => (test.match(/\d+/g) ?? []).reduce((sum, n) => sum + Number(n), 0)));
const begin = performance.now();
const llama = await getLlama({gpu: false, build: "never", logLevel: "error", maxThreads: Number(threads)});
const model = await llama.loadModel({modelPath: path, gpuLayers: 0});
const sequences = 16;
const context = await model.createContext({
    sequences, contextSize: {min: 512, max: 512 + longest}, batchSize: 512, threads: Number(threads), flashAttention: "auto"
});
const loaded = (performance.now() - begin) / 1000;
const ctx = context._ctx;
ctx.setThreads(Number(threads));
const token = () => 300 + Math.floor(Math.random() * 30000);

async function decode(entries) {
    ctx.initBatch(entries.reduce((n, e) => n + e.tokens.length, 0));
    for (const e of entries)
        ctx.addToBatch(e.sequence, e.position, Uint32Array.from(e.tokens), Uint32Array.from([e.tokens.length - 1]));
    await ctx.decodeBatch();
}
const tokens = n => Array.from({length: n}, token);
async function fill(sequence, depth) {
    for (let at = 0; at < depth; at += 512)
        await decode([{sequence, position: at, tokens: tokens(Math.min(512, depth - at))}]);
}
async function prefill(n) {
    const start = performance.now();
    await fill(0, n);
    const seconds = (performance.now() - start) / 1000;
    ctx.disposeSequence(0);
    return n / seconds;
}
async function generate(count, depth, steps) {
    for (let s = 0; s < count; s++) await fill(s, depth);
    const start = performance.now();
    for (let i = 0; i < steps; i++)
        await decode(Array.from({length: count}, (_, s) => ({sequence: s, position: depth + i, tokens: tokens(1)})));
    const seconds = (performance.now() - start) / 1000;
    for (let s = 0; s < count; s++) ctx.disposeSequence(s);
    return count * steps / seconds;
}
const memory = field => Number(readFileSync("/proc/self/status", "utf8").match(new RegExp(field + ":\\s+(\\d+)"))[1]) * 1024;
for (const test of tests.split(",")) {
    if (test === "load") {
        await prefill(2);
        console.log(JSON.stringify({test, seconds: +loaded.toFixed(2), first_token: +((performance.now() - begin) / 1000).toFixed(2), resident_bytes: memory("VmRSS"), peak_bytes: memory("VmHWM")}));
        continue;
    }
    const n = Number(test.match(/^[a-z]+(\d+)/)[1]);
    const depth = test.includes("@") ? Number(test.split("@")[1]) : 2;
    const run = test.startsWith("pp") ? () => prefill(n) : test.startsWith("tg") ? () => generate(1, depth, n) : () => generate(n, 2, 8);
    await run();
    const speeds = [];
    for (let i = 0; i < Number(repeats); i++) speeds.push(await run());
    speeds.sort((a, b) => a - b);
    console.log(JSON.stringify({test, tokens_per_second: +speeds[speeds.length >> 1].toFixed(3), best: +speeds.at(-1).toFixed(3), repeats: Number(repeats)}));
}
process.exit(0);

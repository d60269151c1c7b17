import { equal, rejects } from "node:assert/strict";
import { FakeTime } from "../../../foundation/testing.ts";
import { SearchRefusal } from "./search_refusal.ts";
import { Turnstile } from "./turnstile.ts";

const RATES = { burst: 3, every_ms: 1000, concurrent: 2, users: 2 };
const done = () => Promise.resolve("done");

Deno.test("a user searches so often in a row, then as fast as the rate has it", async () => {
  const time = new FakeTime();
  const turnstile = new Turnstile(time, RATES);
  for (let i = 0; i < 3; i++) equal(await turnstile.through("alice", done), "done");
  await rejects(turnstile.through("alice", done), (error: SearchRefusal) => {
    equal(error.kind, "busy");
    equal(error.retryAfter_s, 1);
    return true;
  });
  equal(await turnstile.through("bob", done), "done");
  time.advance(1000);
  equal(await turnstile.through("alice", done), "done");
  await rejects(turnstile.through("alice", done), { kind: "busy" });
  time.advance(100_000);
  for (let i = 0; i < 3; i++) await turnstile.through("alice", done);
  await rejects(turnstile.through("alice", done), { kind: "busy" });
});

Deno.test("one search of a user at a time, and not too many of all; a failed one leaves, too", async () => {
  const turnstile = new Turnstile(new FakeTime(), RATES);
  const gate = Promise.withResolvers<void>();
  const first = turnstile.through("alice", () => gate.promise);
  await rejects(turnstile.through("alice", done), /Another search of yours/);
  const second = turnstile.through("bob", () => gate.promise);
  await rejects(turnstile.through("carol", done), /Too many people/);
  gate.resolve();
  await Promise.all([first, second]);
  await rejects(turnstile.through("carol", () => Promise.reject(new Error("x"))), /x/);
  equal(await turnstile.through("carol", done), "done");
});

Deno.test("more users than are remembered make room for each other, the longest silent one first", async () => {
  const turnstile = new Turnstile(new FakeTime(), RATES);
  for (let i = 0; i < 3; i++) await turnstile.through("alice", done);
  await turnstile.through("bob", done);
  await turnstile.through("carol", done);
  equal(await turnstile.through("alice", done), "done", "forgotten");
});

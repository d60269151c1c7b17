import assert from "node:assert/strict";
import type { Continuation, IncomingRequest, RequestHead } from "../frame.ts";
import { LATER } from "./session_user.ts";
import { incoming, octets } from "./testing/fake_connection.ts";
import { type Bench, opened } from "./testing/pair.ts";

/** A session whose responses wait for what its taker says afterwards. */
function holding(limits = {}): Bench {
  const bench = opened(limits, undefined, { answerWhenKnown: true });
  bench.notes.status = LATER;
  return bench;
}

function chunk(bench: Bench, text: string, end: Continuation, parts: Partial<RequestHead> = {}): IncomingRequest {
  const request = incoming({ start: 1, ...parts });
  bench.session.onWhole(bench.connection, request, octets(text), end);
  return request;
}

const responses = (bench: Bench) =>
  bench.connection.responses.map(({ status, comment }) => `${status} ${comment}`.trim());
const reports = (bench: Bench) => bench.connection.log.filter((line) => line.startsWith("REPORT"));

Deno.test("the response waits for what is said of the message, and the success REPORT comes after it", () => {
  const bench = holding();
  chunk(bench, "hello", "$", { successReport: true });
  assert.deepEqual([responses(bench), reports(bench)], [[], []]);
  bench.notes.messages[0].report(200);
  assert.deepEqual([responses(bench), reports(bench)], [["200"], ["REPORT 1-5/5 200 $"]]);
  bench.notes.messages[0].report(413);
  assert.equal(bench.connection.responses.length, 1, "said once");
});

Deno.test("a refusal is told by the response alone, with its reason", () => {
  const bench = holding();
  chunk(bench, "hello", "$", { successReport: true });
  bench.notes.messages[0].report(413, "store full");
  assert.deepEqual([responses(bench), reports(bench)], [["413 store full"], []]);
  chunk(bench, "hello", "$");
  assert.deepEqual(responses(bench)[1], "413", "and so when it comes again");
});

Deno.test("chunks before the last are answered when they came; a stream's last one waits", () => {
  const bench = holding({ whole: 0 });
  let report: ((status: number) => void) | null = null;
  bench.notes.onStream = (stream) => {
    report = (status) => stream.report(status);
    return { write() {}, end: () => LATER, abort() {} };
  };
  chunk(bench, "abc", "+", { total: 6 });
  assert.deepEqual(responses(bench), ["200"]);
  chunk(bench, "def", "$", { start: 4, total: 6 });
  assert.equal(bench.connection.responses.length, 1);
  report!(408);
  assert.deepEqual(responses(bench), ["200", "408"]);
});

Deno.test("sent again before it is known: told once, answered alike; asked too often: 408", () => {
  const bench = holding();
  for (let i = 0; i < 10; i++) chunk(bench, "hello", "$");
  assert.equal(bench.notes.messages.length, 1);
  assert.deepEqual(responses(bench), ["408 asked too often", "408 asked too often"]);
  bench.notes.messages[0].report(200);
  assert.deepEqual(responses(bench).slice(2), Array(8).fill("200"));
});

Deno.test("the session is over by then: answered all the same, and nothing is reported in it", () => {
  const bench = holding();
  chunk(bench, "hello", "$", { successReport: true });
  bench.session.close("bye");
  bench.notes.messages[0].report(200);
  assert.deepEqual([responses(bench), reports(bench)], [["200"], []]);
});

Deno.test("what is known at once is answered at once, also where it is reported inside the call", () => {
  const bench = holding();
  bench.notes.status = 415;
  chunk(bench, "hello", "$", { messageId: "m1" });
  bench.notes.onMessage = (message) => {
    message.report(413, "no");
    return LATER;
  };
  chunk(bench, "hello", "$", { messageId: "m2" });
  assert.deepEqual(responses(bench), ["415", "413 no"]);
});

Deno.test("Failure-Report no is never answered, partial only with what went wrong", () => {
  const bench = holding();
  chunk(bench, "hello", "$", { messageId: "m1", failureReport: "no" });
  chunk(bench, "hello", "$", { messageId: "m2", failureReport: "partial" });
  chunk(bench, "hello", "$", { messageId: "m3", failureReport: "partial" });
  bench.notes.messages[0].report(413);
  bench.notes.messages[1].report(200);
  bench.notes.messages[2].report(413);
  assert.deepEqual([responses(bench), reports(bench)], [["413"], []]);
});

Deno.test("what was answered 408 may be sent again, and is looked at anew", () => {
  const bench = holding();
  chunk(bench, "hello", "$");
  bench.notes.messages[0].report(408, "busy, try again");
  chunk(bench, "hello", "$");
  assert.equal(bench.notes.messages.length, 2);
  bench.notes.messages[1].report(200);
  chunk(bench, "hello", "$");
  assert.deepEqual([responses(bench), bench.notes.messages.length], [["408 busy, try again", "200", "200"], 2]);
});

Deno.test("sent again over the session that replaces this one: no 200 before its taker has said so", () => {
  const bench = holding();
  chunk(bench, "hello", "$");
  bench.session.close("another one takes its place");
  const next = opened({}, bench.session.tracker, { answerWhenKnown: true });
  chunk(next, "hello", "$");
  assert.deepEqual(responses(next), ["408 not known yet, try again"]);
  bench.notes.messages[0].report(200);
  chunk(next, "hello", "$");
  assert.deepEqual([responses(next)[1], next.notes.messages.length], ["200", 0]);
});

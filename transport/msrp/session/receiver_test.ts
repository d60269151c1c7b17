import assert from "node:assert/strict";
import type { Continuation, IncomingRequest, RequestHead } from "../frame.ts";
import type { IncomingStream, StreamSink } from "./session_user.ts";
import { LATER } from "./session_user.ts";
import { incoming, octets } from "./testing/fake_connection.ts";
import { type Bench, opened, OURS, THEIRS } from "./testing/pair.ts";

/** A chunk that comes whole; returns its request. */
function chunk(
  bench: Bench,
  start: number,
  text: string,
  end: Continuation,
  parts: Partial<RequestHead> = {},
): IncomingRequest {
  const request = incoming({ start, ...parts });
  bench.session.onWhole(bench.connection, request, octets(text), end);
  return request;
}

/** A chunk that comes in pieces. */
function pieces(bench: Bench, texts: string[], end: Continuation, parts: Partial<RequestHead> = {}): IncomingRequest {
  const request = incoming(parts);
  bench.session.onBegin(bench.connection, request);
  for (const text of texts) bench.session.onPiece(bench.connection, request, octets(text));
  bench.session.onFinish(bench.connection, request, end);
  return request;
}

const statusOf = (bench: Bench, request: IncomingRequest) => bench.connection.statusOf(request.tid);
const messages = (bench: Bench) => bench.notes.told.filter((line) => line.startsWith("message"));

/** Takes streams and writes down what happens. */
class Sinks {
  readonly told: string[] = [];
  readonly streams: IncomingStream[] = [];
  have: StreamSink["have"];
  status = 200;
  readonly onStream = (stream: IncomingStream): StreamSink => {
    this.streams.push(stream);
    return {
      have: this.have,
      write: (octets, offset) => this.told.push(`${offset} ${new TextDecoder().decode(octets)}`),
      end: (size) => {
        this.told.push(`end ${size}`);
        return this.status;
      },
      abort: (reason) => this.told.push(`abort ${reason}`),
    };
  };
}

function withSinks(limits = {}, sinks = new Sinks()): [Bench, Sinks] {
  const bench = opened({ whole: 0, ...limits });
  bench.notes.onStream = sinks.onStream;
  return [bench, sinks];
}

Deno.test("a message in one SEND is told once and answered 200", () => {
  const bench = opened();
  const request = chunk(bench, 1, "hello", "$", { others: "Content-Disposition: render\r\n" });
  assert.deepEqual(messages(bench), ["message hello"]);
  assert.equal(statusOf(bench, request), 200);
  assert.equal(bench.notes.messages[0].header("content-disposition"), "render");
  assert.equal(bench.notes.messages[0].fromPath, THEIRS);
});

Deno.test("an empty body with a type is a message, a SEND without content is not", () => {
  const bench = opened();
  const empty = chunk(bench, 1, "", "$", { messageId: "empty", end: 0, total: 0 });
  const bare = chunk(bench, 1, "", "$", { messageId: "bare", contentType: "" });
  assert.deepEqual(messages(bench), ["message "]);
  assert.deepEqual([statusOf(bench, empty), statusOf(bench, bare)], [200, 200]);
});

Deno.test("chunks in any order, with gaps, overlaps and pieces are put together; what came last counts", () => {
  const bench = opened();
  chunk(bench, 7, "789", "$", { total: 9 });
  chunk(bench, 1, "12x", "+", { total: 9 });
  assert.deepEqual(messages(bench), []);
  pieces(bench, ["3", "4", "56"], "+", { start: 3, total: 9 });
  assert.deepEqual(messages(bench), ["message 123456789"]);
});

Deno.test("$ says how long a message is, whatever was promised", () => {
  const bench = opened();
  chunk(bench, 1, "abc", "+", { total: 100 });
  chunk(bench, 4, "def", "$", { total: 100 });
  assert.deepEqual(messages(bench), ["message abcdef"]);
});

Deno.test("octets behind the end make a message useless: 400", () => {
  const bench = opened();
  chunk(bench, 10, "xyz", "+");
  const request = chunk(bench, 4, "def", "$");
  assert.equal(statusOf(bench, request), 400);
  assert.equal(statusOf(bench, chunk(bench, 1, "abc", "+")), 400);
  assert.equal(bench.session.underWay, 0);
});

Deno.test("an empty chunk with $ ends a message of unknown length, with or without a type", () => {
  for (const contentType of ["text/plain", ""]) {
    const bench = opened();
    chunk(bench, 1, "abc", "+");
    chunk(bench, 4, "", "$", { contentType });
    assert.deepEqual(messages(bench), ["message abc"]);
  }
});

Deno.test("# discards what came of a message; others go on", () => {
  const bench = opened();
  chunk(bench, 1, "abc", "+");
  chunk(bench, 1, "123", "+", { messageId: "other" });
  const request = chunk(bench, 4, "d", "#");
  assert.equal(statusOf(bench, request), 200);
  chunk(bench, 4, "456", "$", { messageId: "other" });
  assert.deepEqual(messages(bench), ["message 123456"]);
  assert.equal(bench.session.underWay, 0);
});

Deno.test("a type that is not accepted: 415, at once, and for every chunk of it", () => {
  const bench = opened();
  assert.equal(statusOf(bench, chunk(bench, 1, "x", "$", { contentType: "image/png" })), 415);
  const parts = { contentType: "image/png", messageId: "long" };
  const request = incoming({ ...parts, total: 1000 });
  bench.session.onBegin(bench.connection, request);
  assert.equal(statusOf(bench, request), 415);
  bench.session.onPiece(bench.connection, request, octets("x"));
  bench.session.onFinish(bench.connection, request, "+");
  assert.equal(statusOf(bench, chunk(bench, 2, "x", "$", parts)), 415);
  assert.equal(bench.connection.responses.length, 3);
  assert.deepEqual(messages(bench), []);
  assert.equal(
    statusOf(bench, chunk(bench, 1, "x", "$", { contentType: "Application/Json; a=b", messageId: "ok" })),
    200,
  );
});

Deno.test("too long: 413 when it is announced, when it happens, and for what still comes", () => {
  const bench = opened({ maxSize: 10 });
  assert.equal(statusOf(bench, chunk(bench, 1, "12345678901", "$", { messageId: "whole" })), 413);
  assert.equal(statusOf(bench, chunk(bench, 1, "1", "+", { messageId: "told", total: 11 })), 413);
  assert.equal(statusOf(bench, chunk(bench, 1, "12345", "+", { messageId: "grows" })), 200);
  const request = incoming({ messageId: "grows", start: 6 });
  bench.session.onBegin(bench.connection, request);
  bench.session.onPiece(bench.connection, request, octets("67890x"));
  assert.equal(statusOf(bench, request), 413);
  bench.session.onFinish(bench.connection, request, "#");
  assert.equal(statusOf(bench, chunk(bench, 12, "y", "+", { messageId: "grows" })), 413);
  assert.equal(bench.connection.responses.length, 5);
  assert.equal(bench.session.underWay, 0);
  assert.equal(statusOf(bench, chunk(bench, 1, "1234567890", "$", { messageId: "fits" })), 200);
});

Deno.test("limits: messages at once, gaps in one, memory of all", () => {
  const bench = opened({ incoming: 2, gaps: 3, whole: 8192 });
  for (const messageId of ["a", "b"]) chunk(bench, 1, "x", "+", { messageId });
  assert.equal(statusOf(bench, chunk(bench, 1, "x", "+", { messageId: "c" })), 413);
  chunk(bench, 2, "y", "$", { messageId: "a" });
  assert.equal(statusOf(bench, chunk(bench, 1, "x", "+", { messageId: "c" })), 200);
  for (const start of [10, 20]) assert.equal(statusOf(bench, chunk(bench, start, "x", "+", { messageId: "b" })), 200);
  assert.equal(statusOf(bench, chunk(bench, 30, "x", "+", { messageId: "b" })), 413);
  assert.equal(statusOf(bench, chunk(bench, 8193, "x", "+", { messageId: "c" })), 413);
});

Deno.test("without a Message-ID nothing can be put together: 400", () => {
  const bench = opened();
  assert.equal(statusOf(bench, chunk(bench, 1, "x", "$", { messageId: "" })), 400);
});

Deno.test("a body without a type: 400", () => {
  const bench = opened();
  assert.equal(statusOf(bench, chunk(bench, 1, "x", "$", { contentType: "" })), 400);
  assert.equal(statusOf(bench, chunk(bench, 1, "x", "+", { contentType: "", messageId: "m2m2" })), 400);
});

Deno.test("Failure-Report no gets no answer, partial only a bad one", () => {
  const bench = opened();
  chunk(bench, 1, "x", "$", { failureReport: "no", contentType: "image/png", messageId: "a" });
  chunk(bench, 1, "x", "$", { failureReport: "partial", messageId: "b" });
  assert.deepEqual(bench.connection.responses, []);
  assert.equal(
    statusOf(bench, chunk(bench, 1, "x", "$", { failureReport: "partial", contentType: "image/png", messageId: "c" })),
    415,
  );
  assert.deepEqual(bench.connection.frames, []);
});

Deno.test("a success REPORT covers the whole message, where it was asked for", () => {
  const bench = opened();
  chunk(bench, 1, "abc", "+", { successReport: true });
  assert.deepEqual(bench.connection.log, []);
  chunk(bench, 4, "def", "$", { successReport: true });
  assert.deepEqual(bench.connection.log, ["REPORT 1-6/6 200 $"]);
  const { head, user } = bench.connection.frames[0];
  assert.deepEqual([head.toPath, head.fromPath, head.messageId, head.statusText, user], [
    THEIRS,
    OURS,
    "m1m1",
    "OK",
    null,
  ]);
  chunk(bench, 1, "abc", "$", { messageId: "none" });
  assert.equal(bench.connection.frames.length, 1);
});

Deno.test("a message sent again is acknowledged and reported again, and told once", () => {
  const bench = opened();
  chunk(bench, 1, "abc", "$", { successReport: true });
  assert.equal(statusOf(bench, chunk(bench, 1, "abc", "$", { successReport: true })), 200);
  assert.equal(statusOf(bench, chunk(bench, 2, "bc", "$", { successReport: true, total: 3 })), 200);
  assert.deepEqual(messages(bench), ["message abc"]);
  assert.deepEqual(bench.connection.log, ["REPORT 1-3/3 200 $", "REPORT 1-3/* 200 $", "REPORT 2-3/3 200 $"]);
  // The session that replaces a lost one knows it, too.
  const next = opened({}, bench.session.tracker);
  chunk(next, 1, "abc", "$");
  assert.deepEqual(messages(next), []);
});

Deno.test("whoever takes a message may refuse it, or say later what became of it", () => {
  const bench = opened();
  bench.notes.status = 403;
  assert.equal(statusOf(bench, chunk(bench, 1, "no", "$", { messageId: "no", successReport: true })), 403);
  assert.equal(statusOf(bench, chunk(bench, 1, "no", "$", { messageId: "no", successReport: true })), 403);
  bench.notes.status = LATER;
  for (const messageId of ["good", "poor"]) {
    assert.equal(statusOf(bench, chunk(bench, 1, "abc", "$", { messageId, successReport: true })), 200);
  }
  // While it is not known, a second copy is not reported either.
  chunk(bench, 1, "abc", "$", { messageId: "good", successReport: true });
  assert.deepEqual(bench.connection.log, []);
  const [, good, poor] = bench.notes.messages;
  good.report(200);
  good.report(500);
  poor.report(480, "nobody there");
  assert.deepEqual(bench.connection.log, ["REPORT 1-3/3 200 $", "REPORT 1-3/3 480 $"]);
  assert.equal(bench.connection.frames[1].head.statusText, "nobody there");
  const silent = opened();
  silent.notes.status = LATER;
  chunk(silent, 1, "abc", "$", { failureReport: "no" });
  silent.notes.messages[0].report(480);
  assert.deepEqual(silent.connection.log, []);
});

Deno.test("REPORTs are never answered, bodies or not", () => {
  const bench = opened();
  chunk(bench, 1, "", "$", { method: "REPORT", status: 413, contentType: "" });
  pieces(bench, ["why"], "$", { method: "REPORT", status: 413 });
  assert.deepEqual([bench.connection.responses, bench.connection.log], [[], []]);
});

Deno.test("a message that stalls is given up with a failure REPORT, but not while reading is paused", () => {
  const bench = opened({ stall: 60_000 });
  chunk(bench, 1, "abc", "+", { total: 100 });
  bench.session.pause();
  bench.time.advance(120_000);
  assert.equal(bench.session.underWay, 1);
  bench.session.resume();
  bench.time.advance(80_000);
  assert.equal(bench.session.underWay, 0);
  assert.deepEqual(bench.connection.log, ["REPORT 1-3/100 408 $"]);
});

Deno.test("a stream passes its octets on as they come, and ends with its size", () => {
  const [bench, sinks] = withSinks();
  pieces(bench, ["ab", "c"], "+", { total: 6, others: "Content-Disposition: attachment\r\n", successReport: true });
  const [stream] = sinks.streams;
  assert.deepEqual([stream.total, stream.received, stream.contentType], [6, 3, "text/plain"]);
  assert.equal(stream.header("Content-Disposition"), "attachment");
  chunk(bench, 5, "ef", "$", { total: 6, successReport: true });
  const last = chunk(bench, 4, "d", "+", { total: 6, successReport: true });
  assert.deepEqual(sinks.told, ["0 ab", "2 c", "4 ef", "3 d", "end 6"]);
  assert.equal(statusOf(bench, last), 200);
  assert.deepEqual(bench.connection.log, ["REPORT 1-6/6 200 $"]);
  assert.deepEqual(messages(bench), []);
});

Deno.test("a stream reports on its way, contiguous octets only", () => {
  const [bench] = withSinks({ reportEvery: 4 });
  const parts = { total: 12, successReport: true };
  pieces(bench, ["abc", "de"], "+", parts);
  chunk(bench, 9, "ijkl", "$", parts);
  chunk(bench, 6, "f", "+", { ...parts });
  chunk(bench, 7, "gh", "+", { ...parts });
  assert.deepEqual(bench.connection.log, ["REPORT 1-5/12 200 $", "REPORT 6-12/12 200 $", "REPORT 1-12/12 200 $"]);
});

Deno.test("a stream goes on where an earlier session stopped", () => {
  const sinks = new Sinks();
  sinks.have = [{ from: 0, to: 3 }];
  const [bench] = withSinks({}, sinks);
  chunk(bench, 4, "def", "$", { total: 6 });
  assert.deepEqual(sinks.told, ["3 def", "end 6"]);
});

Deno.test("a stream may be refused when it begins, on its way, at its end", () => {
  const bench = opened({ whole: 0 });
  bench.notes.onStream = () => 403;
  assert.equal(statusOf(bench, chunk(bench, 1, "abc", "+")), 403);
  assert.equal(statusOf(bench, chunk(bench, 4, "abc", "$")), 403);

  const [second, sinks] = withSinks();
  chunk(second, 1, "abc", "+", { total: 9 });
  sinks.streams[0].refuse(413, "disk full");
  assert.deepEqual(second.connection.log, ["REPORT 1-3/9 413 $"]);
  assert.equal(statusOf(second, chunk(second, 4, "def", "+", { total: 9 })), 413);
  sinks.streams[0].refuse(413, "disk full");
  assert.equal(second.connection.frames.length, 1);
  assert.deepEqual(sinks.told, ["0 abc"]);

  const [third, other] = withSinks();
  other.status = 400;
  assert.equal(statusOf(third, chunk(third, 1, "abc", "$", { successReport: true })), 400);
  assert.deepEqual(third.connection.log, []);
});

Deno.test("without a taker of streams, what is too long for memory is refused, what may fit is kept", () => {
  const bench = opened({ whole: 10 });
  assert.equal(statusOf(bench, chunk(bench, 1, "a", "+", { messageId: "long", total: 11 })), 413);
  assert.equal(statusOf(bench, chunk(bench, 1, "0123456789", "+", { messageId: "open" })), 200);
  assert.equal(statusOf(bench, chunk(bench, 11, "x", "$", { messageId: "open" })), 413);
});

Deno.test("a sink is told when its stream will not be completed, and why", () => {
  const [bench, sinks] = withSinks();
  chunk(bench, 1, "abc", "+");
  chunk(bench, 4, "", "#");
  chunk(bench, 1, "abc", "+", { messageId: "lost" });
  bench.session.onLost(bench.connection, "cut");
  assert.deepEqual(sinks.told, ["0 abc", "abort the sender gave up", "0 abc", "abort cut"]);
});

Deno.test("a stream that pauses stops reading, until it goes on or is over", () => {
  const [bench, sinks] = withSinks();
  chunk(bench, 1, "abc", "+");
  sinks.streams[0].pause();
  assert.equal(bench.connection.holds.length, 1);
  sinks.streams[0].resume();
  assert.equal(bench.connection.holds.length, 0);
  sinks.streams[0].pause();
  chunk(bench, 4, "", "#");
  assert.equal(bench.connection.holds.length, 0);
  sinks.streams[0].pause();
  assert.equal(bench.connection.holds.length, 0);
});

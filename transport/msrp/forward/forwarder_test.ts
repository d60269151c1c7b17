import assert from "node:assert/strict";
import { fromLatin1, toLatin1 } from "../../../foundation/mod.ts";
import { LOST } from "../connection.ts";
import { AcceptedTypes } from "./accepted_types.ts";
import { FailedMessages } from "./failed_messages.ts";
import type { Route } from "./forwarded.ts";
import { Forwarder } from "./forwarder.ts";
import { NO_RULES } from "./forward_rules.ts";
import { FakeConnection, request } from "./testing/fake_connection.ts";

function bench() {
  const source = new FakeConnection();
  const destination = new FakeConnection();
  const route: Route = { source, destination, toPath: "to", fromPath: "from", reportTo: "back", reportFrom: "us" };
  return { source, destination, route, forwarder: new Forwarder() };
}

Deno.test("a chunk in pieces goes out in pieces, and the source is held while the destination is full", () => {
  const { source, destination, route, forwarder } = bench();
  forwarder.begin(route, request({ total: 10 }));
  assert.equal(source.answers.length, 0);
  forwarder.piece(fromLatin1("hello"));
  assert.equal(toLatin1(destination.sent[0].body), "hello");
  destination.full = true;
  forwarder.piece(fromLatin1("world"));
  assert.deepEqual(source.heldFor, [destination]);
  assert.equal(forwarder.busy, true);
  forwarder.finish("$");
  assert.equal(destination.sent[0].continuation, "$");
  assert.equal(source.answers[0].status, 200);
  assert.equal(forwarder.busy, false);
});

Deno.test("a whole chunk that fills the destination holds the source, too", () => {
  const { source, destination, route, forwarder } = bench();
  destination.full = true;
  forwarder.whole(route, request(), fromLatin1("x"), "$");
  assert.deepEqual(source.heldFor, [destination]);
});

Deno.test("the range that goes out says where the chunk really ends", () => {
  const { destination, route, forwarder } = bench();
  forwarder.whole(route, request({ start: 11, end: 99, total: 50 }), fromLatin1("hello"), "+");
  const { head } = destination.sent[0];
  assert.deepEqual([head.start, head.end, head.total], [11, 15, 50]);
});

Deno.test("a destination that is closed: 481 at once, also in the middle", () => {
  const { source, destination, route, forwarder } = bench();
  forwarder.begin(route, request());
  forwarder.piece(fromLatin1("x"));
  destination.open = false;
  forwarder.piece(fromLatin1("y"));
  forwarder.piece(fromLatin1("z"));
  forwarder.finish("$");
  forwarder.whole(route, request(), fromLatin1("x"), "$");
  forwarder.begin(route, request());
  forwarder.finish("$");
  assert.deepEqual(source.answers.map(({ status }) => status), [481, 481, 481]);
});

Deno.test("a lost connection is reported as 408, for partial, too", () => {
  const { source, destination, route, forwarder } = bench();
  forwarder.whole(route, request({ failureReport: "partial" }), fromLatin1("hello"), "$");
  const [{ user, context }] = destination.sent;
  user!.onResponse(LOST, "", context, "");
  assert.equal(source.sent[0].head.status, 408);
  assert.equal(source.sent[0].head.method, "REPORT");
  assert.equal(source.sent[0].head.toPath, "back");
});

Deno.test("a chunk that was interrupted and failed several times is reported once", () => {
  const { source, destination, route, forwarder } = bench();
  forwarder.begin(route, request({ total: 10 }));
  forwarder.piece(fromLatin1("helloworld"));
  forwarder.finish("$");
  const [{ user, context }] = destination.sent;
  user!.onResponse(403, "", context, "");
  user!.onResponse(403, "", context, "");
  assert.equal(source.sent.length, 1);
  assert.deepEqual([source.sent[0].head.start, source.sent[0].head.end, source.sent[0].head.total], [1, 10, 10]);
});

Deno.test("an earlier chunk fails while a later one comes in: that ends, both sides know", () => {
  const { source, destination, route, forwarder } = bench();
  forwarder.whole(route, request({ total: 10 }), fromLatin1("hello"), "+");
  forwarder.begin(route, request({ start: 6, total: 10 }));
  forwarder.piece(fromLatin1("wo"));
  const [{ user, context }] = destination.sent;
  user!.onResponse(413, "too much", context, "");
  assert.equal(destination.sent[1].continuation, "#");
  forwarder.piece(fromLatin1("rld"));
  forwarder.finish("$");
  assert.equal(toLatin1(destination.sent[1].body), "wo");
  assert.deepEqual(source.answers.map(({ status }) => status), [200, 413]);
  assert.equal(source.sent[0].head.status, 413);
  assert.equal(source.sent.length, 1);
});

Deno.test("after 413 nothing more of the message is sent, not even its end", () => {
  const { destination, route, forwarder } = bench();
  forwarder.whole(route, request({ total: 10 }), fromLatin1("hello"), "+");
  destination.sent[0].user!.onResponse(413, "", destination.sent[0].context, "");
  assert.equal(destination.sent.length, 1);
});

Deno.test("Failure-Report no: no answer is asked for, and nothing is reported", () => {
  const { source, destination, route, forwarder } = bench();
  forwarder.whole(route, request({ failureReport: "no" }), fromLatin1("hello"), "$");
  assert.equal(destination.sent[0].user, null);
  assert.equal(source.sent.length, 0);
});

Deno.test("more octets than the range says the message has: 400, and none of them goes on", () => {
  const { source, destination, route, forwarder } = bench();
  forwarder.whole(route, request({ total: 4 }), fromLatin1("hello"), "$");
  assert.equal(destination.sent.length, 0);
  forwarder.begin(route, request({ messageId: "m2aa", start: 3, total: 7 }));
  forwarder.piece(fromLatin1("hello"));
  forwarder.piece(fromLatin1("!"));
  forwarder.finish("$");
  assert.equal(toLatin1(destination.sent[0].body), "hello");
  assert.equal(destination.sent[0].continuation, "#");
  forwarder.whole(route, request({ messageId: "m3aa", start: 3, total: 7 }), fromLatin1("hello"), "$");
  assert.deepEqual(source.answers.map(({ status }) => status), [400, 400, 200]);
});

Deno.test("the source is lost, or its session closed: what is under way ends with #", () => {
  const { source, destination, route, forwarder } = bench();
  forwarder.begin(route, request());
  forwarder.piece(fromLatin1("x"));
  forwarder.sourceLost();
  assert.equal(destination.sent[0].continuation, "#");
  assert.equal(source.answers.length, 0);
  forwarder.begin(route, request());
  forwarder.piece(fromLatin1("x"));
  forwarder.close("BYE");
  assert.equal(destination.sent[1].continuation, "#");
  assert.equal(source.answers[0].status, 481);
});

Deno.test("an answer to anything but SEND goes back with its headers; a lost one as 408; a REPORT has none", () => {
  const { source, destination, route, forwarder } = bench();
  forwarder.other(route, request({ method: "AUTH", contentType: "" }), new Uint8Array(), "$");
  forwarder.other(route, request({ method: "AUTH", contentType: "" }), new Uint8Array(), "$");
  forwarder.other(route, request({ method: "REPORT", contentType: "", status: 200 }), new Uint8Array(), "$");
  destination.sent[0].user!.onResponse(401, "no", undefined, "WWW-Authenticate: x\r\n");
  destination.sent[1].user!.onResponse(LOST, "", undefined, "");
  assert.equal(destination.sent[2].user, null);
  assert.deepEqual(source.answers.map(({ status, headers }) => [status, headers]), [
    [401, "WWW-Authenticate: x\r\n"],
    [408, undefined],
  ]);
});

Deno.test("limits: an end beyond the limit, whatever the head says", () => {
  const { source, destination, route, forwarder } = bench();
  forwarder.rules = { ...NO_RULES, maxSize: 10 };
  forwarder.begin(route, request({ total: 5 }));
  forwarder.piece(new Uint8Array(11));
  forwarder.finish("$");
  assert.equal(destination.sent[0].continuation, "#");
  assert.equal(destination.sent[0].body.length, 0);
  forwarder.whole(route, request({ start: 9, messageId: "m2aa" }), new Uint8Array(3), "$");
  assert.deepEqual(source.answers.map(({ status }) => status), [413, 413]);
});

Deno.test("accepted types: any, of a kind, exact; parameters and case do not count", () => {
  const types = new AcceptedTypes(["text/plain", "Image/*"]);
  for (const type of ["text/plain", "TEXT/PLAIN;charset=x", "image/png", "text/plain", ""]) {
    assert.equal(types.allows(type), true, type);
  }
  for (const type of ["text/html", "textplain", "application/x", "text"]) assert.equal(types.allows(type), false, type);
  assert.equal(new AcceptedTypes(["*"]).allows("a/b"), true);
  assert.equal(new AcceptedTypes([]).allows("a/b"), false);
});

Deno.test("failed messages that are remembered are bounded, and cost nothing without failures", () => {
  const failed = new FailedMessages();
  assert.equal(failed.some, false);
  for (let i = 0; i < 100; i++) failed.add(`m${i}`);
  assert.deepEqual([failed.has("m0"), failed.has("m99"), failed.has(`m${100 - 64}`)], [false, true, true]);
  for (let i = 0; i < 100; i++) failed.forgive(`m${i}`);
  assert.equal(failed.some, false);
});

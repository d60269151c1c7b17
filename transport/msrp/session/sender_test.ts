import assert from "node:assert/strict";
import { LOST } from "../connection.ts";
import type { BodySource } from "./body_source.ts";
import type { OutgoingMessage, OutgoingUser } from "./outgoing_message.ts";
import { incoming, octets } from "./testing/fake_connection.ts";
import { opened, THEIRS, waiting } from "./testing/pair.ts";

const KIB = 1024;

/** Writes down what a message's user is told. */
class Follower implements OutgoingUser {
  readonly told: string[] = [];
  progress = 0;
  onProgress(): void {
    this.progress++;
  }
  onSent(): void {
    this.told.push("sent");
  }
  onDelivered(): void {
    this.told.push("delivered");
  }
  onFailed(_message: OutgoingMessage, status: number, comment: string): void {
    this.told.push(`failed ${status} ${comment}`.trim());
  }
}

/** A long body; `asked` counts what was pulled. */
function longBody(size: number, known = true): BodySource & { asked: number; closed: number } {
  return {
    size: known ? size : -1,
    asked: 0,
    closed: 0,
    pull(most) {
      const length = Math.min(most, size - this.asked);
      this.asked += length;
      return length === 0 ? null : new Uint8Array(length).fill(120);
    },
    close() {
      this.closed++;
    },
  };
}

Deno.test("a short message goes out as one SEND and is sent when the hop takes it", () => {
  const { session, connection } = opened();
  const user = new Follower();
  const message = session.send({ contentType: "text/plain", body: octets("hello"), others: "X: y\r\n", user })!;
  assert.deepEqual(connection.log, ["SEND 1-5/5 hello $"]);
  assert.equal(connection.frames[0].head.others, "X: y\r\n");
  assert.equal(connection.frames[0].head.messageId, message.messageId);
  assert.match(message.messageId, /^[A-Za-z0-9][A-Za-z0-9.\-+%=]{3,31}$/);
  assert.equal(message.state, "sending");
  connection.frames[0].answer(200);
  assert.deepEqual([message.state, message.confirmed, user.told], ["sent", 5, ["sent"]]);
  assert.equal(session.unfinished, 0);
});

Deno.test("a message above 2048 octets can be interrupted; an empty one is 1-0/0", () => {
  const { session, connection } = opened();
  session.send({ contentType: "text/plain", body: new Uint8Array(2048) });
  session.send({ contentType: "text/plain", body: new Uint8Array(2049) });
  session.send({ contentType: "text/plain", body: new Uint8Array(0) });
  assert.deepEqual(connection.frames.map(({ head }) => [head.start, head.end, head.total]), [
    [1, 2048, 2048],
    [1, -1, 2049],
    [1, 0, 0],
  ]);
});

Deno.test("what is sent before a connection is there goes out in order behind the binding SEND", () => {
  const { session, connection } = waiting();
  for (const text of ["a", "b", "c"]) session.send({ contentType: "text/plain", body: octets(text) });
  assert.deepEqual(connection.log, []);
  session.start("active", { path: [THEIRS] });
  assert.deepEqual(connection.log, ["SEND 1-0/0 $", "SEND 1-1/1 a $", "SEND 1-1/1 b $", "SEND 1-1/1 c $"]);
  assert.equal(connection.frames[0].head.contentType, "");
});

Deno.test("a long message goes in chunks within the window and holds nothing back of its source", () => {
  const { session, connection } = opened();
  const body = longBody(1000 * KIB);
  const user = new Follower();
  const message = session.send({ contentType: "application/x", body, user })!;
  assert.equal(body.asked, 256 * KIB);
  assert.deepEqual(
    connection.frames.map(({ head, octets, continuation }) => [head.start, head.end, octets, continuation]),
    [
      [1, -1, 64 * KIB, "+"],
      [64 * KIB + 1, -1, 64 * KIB, "+"],
      [128 * KIB + 1, -1, 64 * KIB, "+"],
      [192 * KIB + 1, -1, 64 * KIB, "+"],
    ],
  );
  connection.frames[0].answer(200);
  assert.equal(body.asked, 320 * KIB);
  assert.equal(message.confirmed, 64 * KIB);
  for (let i = 1; i < connection.frames.length; i++) connection.frames[i].answer(200);
  assert.deepEqual(user.told, ["sent"]);
  assert.equal(body.closed, 1);
  assert.ok(user.progress >= 16);
  assert.equal(connection.frames.at(-1)!.continuation, "$");
  assert.equal(connection.frames.reduce((sum, frame) => sum + frame.octets, 0), 1000 * KIB);
});

Deno.test("without answers there is no window: only the connection slows it down", () => {
  const { session, connection } = opened();
  connection.capacity = 32 * KIB;
  const body = longBody(1000 * KIB);
  const user = new Follower();
  session.send({ contentType: "application/x", body, failureReport: "no", user });
  assert.equal(body.asked, 32 * KIB);
  assert.equal(connection.frames[0].continuation, null);
  for (let turns = 0; turns < 40 && user.told.length === 0; turns++) {
    connection.drain();
    assert.ok(connection.queued <= 32 * KIB);
  }
  assert.deepEqual(user.told, ["sent"]);
  assert.equal(session.unfinished, 0);
});

Deno.test("a line does not wait behind a long message, and long ones take turns", () => {
  const { session, connection } = opened({ window: 64 * 1024 * KIB });
  connection.capacity = 32 * KIB;
  const first = longBody(10_000 * KIB);
  const second = longBody(10_000 * KIB);
  session.send({ contentType: "application/x", body: first, messageId: "first" });
  session.send({ contentType: "application/x", body: second, messageId: "second" });
  session.send({ contentType: "text/plain", body: octets("hi"), messageId: "line" });
  const before = first.asked;
  connection.drain();
  const line = connection.frames.find(({ head }) => head.messageId === "line")!;
  assert.equal(line.text, "hi");
  assert.ok(first.asked - before <= 32 * KIB);
  for (let i = 0; i < 100; i++) connection.drain();
  assert.ok(Math.abs(first.asked - second.asked) <= 64 * KIB, `${first.asked} and ${second.asked}`);
});

Deno.test("many lines do not starve a long message", () => {
  const { session, connection } = opened();
  connection.capacity = 1;
  const body = longBody(1000 * KIB);
  session.send({ contentType: "application/x", body });
  for (let i = 0; i < 500; i++) session.send({ contentType: "text/plain", body: octets("hi") });
  const before = body.asked;
  for (let i = 0; i < 100; i++) connection.drain();
  assert.ok(body.asked - before >= 5 * 16 * KIB, `${body.asked - before}`);
});

Deno.test("several long messages fill one window without blocking each other for good", () => {
  const { session, connection } = opened({ window: 100 * KIB });
  connection.capacity = 8 * KIB;
  const users = [1, 2, 3, 4, 5].map(() => new Follower());
  for (const user of users) session.send({ contentType: "application/x", body: longBody(300 * KIB), user });
  let answered = 0;
  for (let turns = 0; turns < 2000 && session.unfinished > 0; turns++) {
    connection.drain();
    while (answered < connection.frames.length && connection.frames[answered].continuation !== null) {
      connection.frames[answered++].answer(200);
    }
  }
  assert.deepEqual(users.map(({ told }) => told), users.map(() => ["sent"]));
});

Deno.test("a source of unknown size ends with $ and says its size then", () => {
  const { session, connection } = opened();
  const message = session.send({ contentType: "application/x", body: longBody(100_000, false) })!;
  assert.deepEqual(connection.frames.map(({ head, octets, continuation }) => [head.total, octets, continuation]), [
    [-1, 65_536, "+"],
    [-1, 34_464, "$"],
  ]);
  assert.equal(message.size, 100_000);
});

Deno.test("a source that has nothing for now lets others go on and is asked again after more()", () => {
  const { session, connection } = opened();
  const given: (Uint8Array | null | "later")[] = [octets("abc"), "later", octets("def"), null];
  const source: BodySource = { size: -1, pull: () => given.shift()! };
  const message = session.send({ contentType: "application/x", body: source, messageId: "slow" })!;
  assert.deepEqual(connection.log, ["SEND 1-*/* abc +"]);
  session.send({ contentType: "text/plain", body: octets("line") });
  message.more();
  assert.deepEqual(connection.log.slice(1), ["SEND 1-4/4 line $", "SEND 4-*/* def $"]);
});

Deno.test("a body that ends too early or fails ends the message with #", () => {
  for (const last of [null, "failed"] as const) {
    const { session, connection } = opened();
    const given: (Uint8Array | null | "failed")[] = [octets("abc"), last];
    const user = new Follower();
    const source: BodySource = { size: last === null ? 10 : -1, pull: () => given.shift()! };
    const message = session.send({ contentType: "application/x", body: source, user })!;
    assert.equal(connection.frames[0].continuation, "#");
    assert.equal(message.state, "failed");
    assert.match(user.told[0], /^failed 0 the body ended after 3/);
  }
});

Deno.test("abort ends the chunk under way with #, or says # in a chunk of its own, and tells its user nothing", () => {
  const { session, connection } = opened({ window: 64 * KIB });
  connection.capacity = 16 * KIB;
  const user = new Follower();
  const body = longBody(1000 * KIB);
  const message = session.send({ contentType: "application/x", body, user })!;
  assert.equal(message.abort(), true);
  assert.equal(connection.frames[0].continuation, "#");
  assert.equal(body.closed, 1);
  assert.equal(message.abort(), false);

  connection.capacity = Infinity;
  const second = session.send({ contentType: "application/x", body: longBody(1000 * KIB), user })!;
  // The first message's chunk still counts in the window until its answer comes.
  connection.frames[0].answer(200);
  const sent = second.sent;
  assert.equal(connection.frames.at(-1)!.continuation, "+");
  second.abort();
  assert.deepEqual([connection.log.at(-1), sent], [`SEND ${sent + 1}-${sent}/${1000 * KIB} #`, second.sent]);
  assert.deepEqual(user.told, []);
  assert.equal(session.unfinished, 0);
});

Deno.test("413 stops a message: the chunk under way is ended with #, nothing more goes out", () => {
  const { session, connection } = opened();
  connection.capacity = 80 * KIB;
  const user = new Follower();
  const body = longBody(1000 * KIB);
  const message = session.send({ contentType: "application/x", body, user })!;
  assert.deepEqual(connection.frames.map(({ continuation }) => continuation), ["+", null]);
  connection.frames[0].answer(413, "too long");
  assert.deepEqual(connection.frames.map(({ continuation }) => continuation), ["+", "#"]);
  connection.frames[1].answer(413, "too long");
  connection.drain();
  assert.equal(connection.frames.length, 2);
  assert.deepEqual([message.state, user.told], ["failed", ["failed 413 too long"]]);

  const later = new Follower();
  connection.capacity = Infinity;
  session.send({ contentType: "application/x", body: longBody(1000 * KIB), user: later });
  assert.equal(connection.frames.at(-1)!.continuation, "+");
  const frames = connection.frames.length;
  connection.frames[2].answer(413, "too long");
  assert.equal(connection.frames.length, frames);
  assert.deepEqual(later.told, ["failed 413 too long"]);
});

Deno.test("success REPORTs in any ranges add up to delivered, once", () => {
  const { session, connection } = opened();
  const user = new Follower();
  const message = session.send({ contentType: "application/x", body: longBody(100_000), successReport: true, user })!;
  const report = (start: number, end: number) =>
    session.onWhole(
      connection,
      incoming({
        method: "REPORT",
        messageId: message.messageId,
        status: 200,
        start,
        end,
        total: 100_000,
        contentType: "",
      }),
      new Uint8Array(0),
      "$",
    );
  report(50_001, 100_000);
  assert.equal(message.delivered, 0);
  report(1, 30_000);
  assert.equal(message.delivered, 30_000);
  for (const frame of connection.frames) frame.answer(200);
  assert.deepEqual(user.told, ["sent"]);
  report(20_001, 50_000);
  report(1, 100_000);
  assert.deepEqual([message.state, message.delivered, user.told], ["delivered", 100_000, ["sent", "delivered"]]);
  assert.equal(session.unfinished, 0);
});

Deno.test("a REPORT may be quicker than the hop, say nothing about octets, or be about nothing of ours", () => {
  const { session, connection } = opened();
  const user = new Follower();
  const message = session.send({ contentType: "text/plain", body: octets("hi"), successReport: true, user })!;
  const report = (parts: object) =>
    session.onWhole(connection, incoming({ method: "REPORT", contentType: "", ...parts }), new Uint8Array(0), "$");
  report({ messageId: "unknown", status: 200 });
  report({ messageId: message.messageId, status: 0 });
  report({ messageId: message.messageId, status: 200 });
  connection.frames[0].answer(200);
  assert.deepEqual(user.told, ["delivered"]);
  assert.deepEqual(connection.responses, []);
});

Deno.test("a failure REPORT fails a message once, also after it was sent; without any wish for reports it is kept for a minute", () => {
  const { session, connection, time } = opened();
  const report = (messageId: string, status: number) =>
    session.onWhole(
      connection,
      incoming({ method: "REPORT", messageId, status, statusText: "gone", contentType: "" }),
      new Uint8Array(0),
      "$",
    );
  const early = new Follower();
  const first = session.send({ contentType: "text/plain", body: octets("hi"), user: early })!;
  connection.frames[0].answer(200);
  report(first.messageId, 408);
  report(first.messageId, 408);
  assert.deepEqual(early.told, ["sent", "failed 408 gone"]);
  const late = new Follower();
  const second = session.send({ contentType: "text/plain", body: octets("hi"), user: late })!;
  connection.frames[1].answer(200);
  time.advance(80_000);
  report(second.messageId, 408);
  assert.deepEqual(late.told, ["sent"]);
});

Deno.test("reports that never come fail a message after the time that was set", () => {
  const { session, connection, time } = opened({ reportWait: 60_000 });
  const user = new Follower();
  session.send({ contentType: "text/plain", body: octets("hi"), successReport: true, user });
  connection.frames[0].answer(200);
  time.advance(50_000);
  assert.deepEqual(user.told, ["sent"]);
  time.advance(30_000);
  assert.deepEqual(user.told, ["sent", "failed 408 no delivery report came"]);
});

Deno.test("no answer of the hop is a failure; with partial silence is none, with no nobody asks", () => {
  const { session, connection } = opened();
  const users = [new Follower(), new Follower(), new Follower()];
  session.send({ contentType: "text/plain", body: octets("a"), user: users[0] });
  session.send({ contentType: "text/plain", body: octets("b"), failureReport: "partial", user: users[1] });
  session.send({ contentType: "text/plain", body: octets("c"), failureReport: "no", user: users[2] });
  assert.deepEqual(connection.frames.map(({ user }) => user !== null), [true, true, false]);
  connection.frames[0].answer(408, "no answer");
  connection.frames[1].answer(200);
  assert.deepEqual(users.map(({ told }) => told), [["failed 408 no answer"], ["sent"], ["sent"]]);
});

Deno.test("481 and 506 end the session", () => {
  for (const status of [481, 506]) {
    const { session, connection, notes } = opened();
    const users = [new Follower(), new Follower()];
    for (const user of users) session.send({ contentType: "text/plain", body: octets("a"), user });
    connection.frames[0].answer(status);
    assert.deepEqual(users[0].told, [`failed ${status}`]);
    assert.deepEqual(users[1].told, [`failed ${LOST} the peer answered ${status}`]);
    assert.deepEqual(notes.told, ["open", `closed ${status} the peer answered ${status}`]);
    assert.equal(session.send({ contentType: "text/plain", body: octets("a") }), null);
  }
});

Deno.test("a lost connection fails what is not known to be delivered, with the reason, and nothing else", () => {
  const { session, connection, notes } = opened();
  const users = Array.from({ length: 4 }, () => new Follower());
  const send = (i: number, successReport: boolean, body: Uint8Array | BodySource = octets("hi")) =>
    session.send({ contentType: "application/x", body, successReport, user: users[i] })!;
  send(0, false);
  const reported = send(1, true);
  send(2, true);
  connection.frames.forEach((frame) => frame.answer(200));
  session.onWhole(
    connection,
    incoming({ method: "REPORT", messageId: reported.messageId, status: 200, contentType: "" }),
    new Uint8Array(0),
    "$",
  );
  const body = longBody(1000 * KIB);
  send(3, false, body);
  connection.open = false;
  session.onLost(connection, "cut");
  assert.deepEqual(users.map(({ told }) => told), [
    ["sent"],
    ["sent", "delivered"],
    ["sent", "failed 0 cut"],
    ["failed 0 cut"],
  ]);
  assert.equal(body.closed, 1);
  assert.deepEqual(notes.told, ["open", "closed 0 cut"]);
});

Deno.test("a next hop that ends the session: what it took lately may be lost as well, what it took long ago is not", () => {
  const { session, connection, time } = opened();
  const users = Array.from({ length: 3 }, () => new Follower());
  const send = (i: number) => session.send({ contentType: "application/x", body: octets("hi"), user: users[i] })!;
  send(0);
  connection.frames.forEach((frame) => frame.answer(200));
  time.advance(40_000);
  send(1);
  send(2);
  connection.frames[1].answer(200);
  connection.frames[2].answer(481);
  assert.deepEqual(users.map(({ told }) => told), [
    ["sent"],
    ["sent", `failed ${LOST} the peer answered 481`],
    ["failed 481"],
  ]);
});

Deno.test("a message goes on where it stopped: it begins behind what is there and needs reports for the rest only", () => {
  const { session, connection } = opened();
  const user = new Follower();
  const body = octets("0123456789");
  const parts = { contentType: "application/x", messageId: "again", successReport: true, from: 4, user };
  const message = session.send({ ...parts, body })!;
  assert.deepEqual(connection.log, ["SEND 5-10/10 456789 $"]);
  assert.equal(message.delivered, 4);
  connection.frames[0].answer(200);
  session.onWhole(
    connection,
    incoming({ method: "REPORT", messageId: "again", status: 200, start: 5, end: 10, total: 10, contentType: "" }),
    new Uint8Array(0),
    "$",
  );
  assert.deepEqual(user.told, ["sent", "delivered"]);
  assert.throws(() => session.send({ ...parts, body, from: 11 }), RangeError);
  session.send({ ...parts, body });
  assert.throws(() => session.send({ ...parts, body }), RangeError);
});

Deno.test("what waits is bounded: too many messages, or too much in them, are not taken", () => {
  const { session, connection } = opened({ outgoing: 3, queue: 100 });
  connection.capacity = 1;
  const body = new Uint8Array(40);
  assert.notEqual(session.send({ contentType: "text/plain", body }), null);
  assert.notEqual(session.send({ contentType: "text/plain", body }), null);
  assert.notEqual(session.send({ contentType: "text/plain", body }), null);
  assert.equal(session.send({ contentType: "text/plain", body }), null);
  connection.drain();
  connection.drain();
  connection.frames.forEach((frame) => frame.answer(200));
  assert.notEqual(session.send({ contentType: "text/plain", body: new Uint8Array(100) }), null);
  assert.equal(session.send({ contentType: "text/plain", body: new Uint8Array(1) }), null);
});

Deno.test("whoever is told may send, abort and close from there", () => {
  const { session, connection, notes } = opened();
  const user: OutgoingUser = {
    onSent: () => {
      session.send({
        contentType: "text/plain",
        body: octets("next"),
        user: { onSent: () => session.close("enough") },
      });
    },
  };
  session.send({ contentType: "text/plain", body: octets("first"), user });
  connection.frames[0].answer(200);
  assert.equal(connection.frames[1].text, "next");
  connection.frames[1].answer(200);
  assert.deepEqual(notes.told, ["open", "closed 0 enough"]);
});

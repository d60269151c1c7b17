import assert from "node:assert/strict";
import type { Continuation, RequestHead } from "../frame.ts";
import { FakeConnection, incoming, octets } from "./testing/fake_connection.ts";
import { type Bench, opened, OURS, THEIRS, waiting } from "./testing/pair.ts";

const NOTHING = new Uint8Array(0);

/** What the node does with a request: the first one on a connection asks for admission. */
function arrive(
  bench: Bench,
  connection: FakeConnection,
  text = "",
  parts: Partial<RequestHead> = {},
  end: Continuation = "$",
): number {
  const request = incoming({ contentType: text === "" ? "" : "text/plain", ...parts });
  if (!bench.node.bound.has(connection)) {
    const status = bench.session.admit(connection, request);
    if (status !== 200) return status;
    bench.node.bind(connection, bench.session);
  }
  bench.session.onWhole(connection, request, octets(text), end);
  return connection.statusOf(request.tid) ?? 0;
}

Deno.test("the active end connects to the first URI of the path and binds by an empty SEND at once", () => {
  const bench = waiting();
  const relayed = "msrps://relay.test:2855/r;tcp";
  bench.session.start("active", {
    path: [relayed, THEIRS],
    fingerprints: ["sha-256 AA"],
    address: { host: "10.0.0.1", port: 9 },
  });
  assert.deepEqual(bench.node.dialled, [{
    uri: relayed,
    options: { share: true, fingerprints: ["sha-256 AA"], address: { host: "10.0.0.1", port: 9 } },
  }]);
  assert.equal(bench.node.bound.get(bench.connection), bench.session);
  const { head } = bench.connection.frames[0];
  assert.deepEqual([head.method, head.toPath, head.fromPath, head.contentType], [
    "SEND",
    `${relayed} ${THEIRS}`,
    OURS,
    "",
  ]);
  assert.equal(bench.session.state, "binding");
  bench.connection.frames[0].answer(200);
  assert.deepEqual([bench.session.state, bench.notes.told], ["open", ["open"]]);
});

Deno.test("with relays of our own we connect to the first of them, and they come before the peer's path", () => {
  const relays = ["msrps://b.test:2855/b;tcp", "msrps://c.test:2855/c;tcp"];
  const bench = waiting({}, relays);
  bench.session.start("active", { path: [THEIRS], fingerprints: ["sha-256 AA"] });
  assert.deepEqual(bench.node.dialled, [{ uri: relays[0], options: { share: true, fingerprints: [], address: null } }]);
  assert.equal(bench.connection.frames[0].head.toPath, `${relays[0]} ${relays[1]} ${THEIRS}`);
});

Deno.test("a refused or unanswered binding ends the session with that status", () => {
  for (const status of [403, 408, 481]) {
    const bench = waiting();
    bench.session.start("active", { path: [THEIRS] });
    bench.connection.frames[0].answer(status, "no");
    assert.deepEqual(bench.notes.told, [`closed ${status} no`]);
    assert.equal(bench.node.ends.size, 0);
    assert.equal(bench.node.bound.size, 0);
  }
});

Deno.test("where nothing leads the session ends after the call, with the reason", async () => {
  for (
    const [path, reason] of [[["http://x"], '"http://x" is no MSRP URI'], [
      [THEIRS],
      `no transport of ours leads to ${THEIRS}`,
    ]] as const
  ) {
    const bench = waiting();
    bench.node.next = null;
    bench.session.start("active", { path });
    assert.deepEqual(bench.notes.told, []);
    await Promise.resolve();
    assert.deepEqual(bench.notes.told, [`closed 0 ${reason}`]);
  }
});

Deno.test("the passive end admits the peer's path only, once, and sends from then on", () => {
  const bench = waiting();
  bench.session.start("passive", { path: [THEIRS] });
  bench.session.send({ contentType: "text/plain", body: octets("early") });
  const stranger = new FakeConnection();
  assert.equal(arrive(bench, stranger, "", { fromPath: "msrp://them.test:2/THEM;tcp" }), 403);
  assert.equal(arrive(bench, stranger, "", { fromPath: `msrp://more.test:2/x;tcp ${THEIRS}` }), 403);
  assert.deepEqual([bench.session.state, stranger.frames.length], ["binding", 0]);
  assert.equal(arrive(bench, bench.connection, "", { fromPath: "msrp://user@THEM.test:2/them;tcp" }), 200);
  assert.deepEqual([bench.session.state, bench.connection.log], ["open", ["SEND 1-5/5 early $"]]);
  assert.equal(arrive(bench, stranger, "hi"), 506);
  assert.deepEqual(bench.notes.told, ["open"]);
});

Deno.test("with CEMA only the session id is compared", () => {
  const bench = waiting();
  bench.session.start("passive", { path: [THEIRS], cema: true });
  assert.equal(arrive(bench, bench.connection, "", { fromPath: "msrp://10.0.0.9:7/other;tcp" }), 403);
  assert.equal(
    arrive(bench, bench.connection, "", { fromPath: "msrps://box.test:1/b;tcp msrp://10.0.0.9:7/them;tcp" }),
    200,
  );
});

Deno.test("where the description has a fingerprint, the certificate must be that one", () => {
  const bench = waiting();
  bench.session.start("passive", { path: [THEIRS], fingerprints: ["sha-1 00", "sha-256 AA"] });
  assert.equal(arrive(bench, bench.connection), 403);
  bench.connection.fingerprints.add("sha-256 AA");
  assert.equal(arrive(bench, bench.connection), 200);
});

Deno.test("behind its own relay the passive end dials it, and waits for the peer's first request", () => {
  const relay = "msrps://b.test:2855/b;tcp";
  const bench = waiting({}, [relay]);
  bench.session.start("passive", { path: [THEIRS] });
  assert.deepEqual([bench.node.dialled[0].uri, bench.connection.log], [relay, []]);
  const stranger = incoming({ fromPath: `${relay} msrp://x.test:1/x;tcp`, contentType: "" });
  bench.session.onWhole(bench.connection, stranger, NOTHING, "$");
  assert.equal(bench.connection.statusOf(stranger.tid), 403);
  const peer = incoming({ fromPath: `${relay} ${THEIRS}` });
  bench.session.onWhole(bench.connection, peer, octets("hi"), "$");
  assert.equal(bench.connection.statusOf(peer.tid), 200);
  assert.deepEqual(bench.notes.told, ["open", "message hi"]);
  bench.session.send({ contentType: "text/plain", body: octets("x") });
  assert.equal(bench.connection.frames[0].head.toPath, `${relay} ${THEIRS}`);
});

Deno.test("who connects before its description is here waits unanswered; then the right one is heard, others are refused", () => {
  const bench = waiting();
  const stranger = new FakeConnection();
  const strange = { fromPath: "msrp://evil.test:2/evil;tcp", messageId: "evil" };
  assert.equal(arrive(bench, stranger, "I am the peer", strange), 0);
  assert.equal(arrive(bench, bench.connection), 0);
  const begun = incoming({ messageId: "begun" });
  bench.session.onBegin(bench.connection, begun);
  bench.session.onPiece(bench.connection, begun, octets("first "));
  assert.deepEqual([bench.notes.told, bench.connection.responses, stranger.responses], [[], [], []]);
  bench.session.start("passive", { path: [THEIRS] });
  assert.equal(stranger.responses[0].status, 506);
  assert.equal(bench.connection.responses[0].status, 200);
  bench.session.onPiece(bench.connection, begun, octets("last"));
  bench.session.onFinish(bench.connection, begun, "$");
  assert.deepEqual(bench.notes.told, ["open", "message first last"]);
});

Deno.test("nobody right among the early ones: 403; the description never comes: 481", () => {
  const bench = waiting();
  arrive(bench, bench.connection, "x", { fromPath: "msrp://evil.test:2/evil;tcp" });
  bench.session.start("passive", { path: [THEIRS] });
  assert.equal(bench.connection.responses[0].status, 403);
  assert.equal(bench.session.state, "binding");
  assert.equal(arrive(bench, bench.connection), 200);

  const never = waiting();
  arrive(never, never.connection, "x");
  never.time.advance(31_000);
  assert.equal(never.connection.responses[0].status, 481);
  assert.equal(never.session.state, "waiting");
  assert.deepEqual(never.notes.told, []);
});

Deno.test("what comes early is bounded: reading stops, and a flood is refused", () => {
  const bench = waiting();
  const piece = "x".repeat(10_000);
  for (let i = 0; i < 4; i++) arrive(bench, bench.connection, piece, { messageId: `m${i}` });
  assert.ok(bench.connection.holds.length > 0);
  for (let i = 4; i < 7; i++) arrive(bench, bench.connection, piece, { messageId: `m${i}` });
  assert.ok(bench.connection.responses.some(({ status }) => status === 413));
  bench.session.start("passive", { path: [THEIRS] });
  assert.deepEqual(bench.notes.told, []);
  assert.equal(bench.connection.holds.length, 0);
});

Deno.test("a session that became active refuses those who came early", () => {
  const bench = waiting();
  const early = new FakeConnection();
  arrive(bench, early);
  bench.session.start("active", { path: [THEIRS] });
  assert.equal(early.responses[0].status, 506);
  assert.equal(bench.node.dialled.length, 1);
});

Deno.test("methods of others: NICKNAME is its user's, and else 501", () => {
  const bench = opened();
  const ask = (text: string) => {
    const request = incoming({ method: "NICKNAME", others: 'Use-Nickname: "al"\r\n', contentType: "" });
    if (text === "") bench.session.onWhole(bench.connection, request, NOTHING, "$");
    else {
      bench.session.onBegin(bench.connection, request);
      bench.session.onPiece(bench.connection, request, octets(text));
      bench.session.onFinish(bench.connection, request, "$");
    }
    return bench.connection.statusOf(request.tid);
  };
  assert.equal(ask(""), 501);
  const seen: string[] = [];
  Object.assign(bench.notes, {
    onRequest: (request: RequestHead & { header(name: string): string }, body: Uint8Array) => {
      seen.push(`${request.header("use-nickname")} ${body.length}`);
      return 425;
    },
  });
  assert.deepEqual([ask(""), ask("body"), ask("x".repeat(10_241))], [425, 425, 413]);
  assert.deepEqual(seen, ['"al" 0', '"al" 4']);
});

Deno.test("close tells everybody, ends the chunk under way with #, and leaves the connection to others", () => {
  const bench = opened();
  bench.connection.capacity = 16_384;
  bench.session.send({ contentType: "application/x", body: new Uint8Array(1_000_000) });
  bench.session.close("bye");
  assert.equal(bench.connection.frames[0].continuation, "#");
  assert.deepEqual([bench.node.ends.size, bench.node.bound.size, bench.connection.open], [0, 0, true]);
  bench.session.close("again");
  bench.session.onLost(bench.connection, "gone");
  bench.session.start("active", { path: [THEIRS] });
  assert.deepEqual(bench.notes.told, ["open", "closed 0 bye"]);
  assert.equal(bench.session.admit(bench.connection, incoming({})), 481);
  assert.equal(bench.session.send({ contentType: "text/plain", body: NOTHING }), null);
});

Deno.test("drain waits for what is under way, and not for ever", async () => {
  const bench = opened();
  bench.session.send({ contentType: "text/plain", body: octets("last words"), successReport: true });
  bench.session.drain(5_000, "done");
  assert.equal(bench.session.send({ contentType: "text/plain", body: octets("more") }), null);
  bench.connection.frames[0].answer(200);
  await Promise.resolve();
  assert.equal(bench.session.state, "open");
  const report = incoming({
    method: "REPORT",
    status: 200,
    messageId: bench.connection.frames[0].head.messageId,
    contentType: "",
  });
  bench.session.onWhole(bench.connection, report, NOTHING, "$");
  await Promise.resolve();
  assert.deepEqual(bench.notes.told, ["open", "closed 0 done"]);

  const slow = opened();
  slow.session.send({ contentType: "text/plain", body: octets("x") });
  slow.session.drain(5_000);
  slow.time.advance(5_200);
  assert.deepEqual(slow.notes.told, ["open", "closed 0 not everything could be finished in time"]);
  const idle = opened();
  idle.session.drain(5_000);
  assert.equal(idle.session.state, "closed");
});

Deno.test("a probe that nobody answers ends the session", () => {
  const bench = opened();
  bench.session.probe();
  assert.equal(bench.connection.frames[0].head.contentType, "");
  bench.connection.frames[0].answer(200);
  assert.equal(bench.session.state, "open");
  bench.session.probe();
  bench.connection.frames[1].answer(408, "no answer");
  assert.deepEqual(bench.notes.told, ["open", "closed 408 no answer"]);
});

Deno.test("pause holds the connection's reading, resume and close let go", () => {
  const bench = opened();
  bench.session.pause();
  assert.equal(bench.connection.holds.length, 1);
  bench.session.resume();
  assert.equal(bench.connection.holds.length, 0);
  bench.session.pause();
  bench.session.close("bye");
  assert.equal(bench.connection.holds.length, 0);
  const before = waiting();
  before.session.pause();
  before.session.start("active", { path: [THEIRS] });
  assert.equal(before.connection.holds.length, 1);
});

Deno.test("an idle session keeps no timer, and says when it was active", () => {
  const bench = opened();
  bench.time.advance(1_000);
  bench.session.send({ contentType: "text/plain", body: octets("x") });
  const at = bench.session.lastActive;
  bench.connection.frames[0].answer(200);
  bench.time.advance(100_000);
  assert.equal(bench.time.timers.size, 0);
  assert.equal(bench.session.lastActive, at);
  arrive(bench, bench.connection);
  bench.session.onWhole(bench.connection, incoming({}), octets("y"), "$");
  assert.ok(bench.session.lastActive > at);
});

Deno.test("of a flood before the description every request is answered, and others may come afterwards", () => {
  const bench = waiting();
  const flood = new FakeConnection();
  for (let i = 0; i < 8; i++) arrive(bench, flood, "x".repeat(10_000), { messageId: `m${i}` });
  const answered = flood.responses.map(({ status }) => status);
  assert.deepEqual(answered.slice(0, 7), Array(7).fill(413), "the one that was too much, too");
  bench.session.onLost(flood, "gone");
  arrive(bench, bench.connection, "hello", { messageId: "fine" });
  bench.session.start("passive", { path: [THEIRS] });
  assert.deepEqual(bench.notes.told, ["open", "message hello"]);
});

Deno.test("a session that ends in the middle of a chunk answers it", () => {
  const bench = opened();
  const request = incoming({ total: 100 });
  bench.session.onBegin(bench.connection, request);
  bench.session.onPiece(bench.connection, request, octets("half"));
  bench.session.close("bye");
  assert.equal(bench.connection.statusOf(request.tid), 481);
});

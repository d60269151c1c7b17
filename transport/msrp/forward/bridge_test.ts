import assert from "node:assert/strict";
import { toLatin1 } from "../../../foundation/mod.ts";
import { AcceptedTypes } from "./accepted_types.ts";
import { NO_RULES } from "./forward_rules.ts";
import { Bridge } from "./bridge.ts";
import { A_URI, B_ID, B_URI, Bridged, passivePeer } from "./testing/bridged.ts";
import type { WirePeer } from "./testing/wire_peer.ts";

function say(
  peer: WirePeer,
  to: string,
  from: string,
  id: string,
  body: string | Uint8Array,
  more: string[] = [],
): string {
  return peer.send({ to, from, headers: [`Message-ID: ${id}`, ...more], body });
}

Deno.test("a message goes across with the paths of the other leg, and is answered by the bridge", async () => {
  const bridged = new Bridged();
  const [a, b] = await bridged.joined();
  const tid = say(a, bridged.uriA, A_URI, "m1aa", "hello", ["Success-Report: yes", "X-Other: 1", "Byte-Range: 1-5/5"]);
  await bridged.world.settle();
  assert.equal(a.response(tid)?.status, 200);
  assert.equal(b.seen.length, 1);
  const { request, body } = b.seen[0];
  assert.equal(toLatin1(body), "hello");
  assert.equal(request.toPath, B_URI);
  assert.equal(request.fromPath, bridged.uriB);
  assert.equal(request.messageId, "m1aa");
  assert.equal(request.successReport, true);
  assert.equal(request.header("X-Other"), "1");
  assert.deepEqual([request.start, request.end, request.total], [1, 5, 5]);
  assert.notEqual(request.tid, tid);
  assert.deepEqual(bridged.told, [{ what: "bound", side: "a" }, { what: "bound", side: "b" }]);
  assert.equal(bridged.bridge.a.counts.messages, 1);
  assert.equal(bridged.bridge.a.counts.octets, 5);
});

Deno.test("a success REPORT goes back across, and nobody answers it", async () => {
  const bridged = new Bridged();
  const [a, b] = await bridged.joined();
  const before = b.responses.length;
  b.send({
    method: "REPORT",
    to: bridged.uriB,
    from: B_URI,
    headers: ["Message-ID: m1aa", "Byte-Range: 1-5/5", "Status: 000 200 OK"],
  });
  await bridged.world.settle();
  const [report] = a.reports("m1aa");
  assert.equal(report.toPath, A_URI);
  assert.equal(report.fromPath, bridged.uriA);
  assert.deepEqual([report.start, report.end, report.total, report.status], [1, 5, 5, 200]);
  assert.equal(b.responses.length, before);
});

Deno.test("a request that only binds is answered and not passed on; its success report comes from the bridge", async () => {
  const bridged = new Bridged();
  const [a, b] = await bridged.joined();
  assert.equal(a.responses[0].status, 200);
  assert.equal(b.seen.length, 0);
  a.send({ to: bridged.uriA, from: A_URI, headers: ["Message-ID: bind2", "Success-Report: yes"] });
  await bridged.world.settle();
  assert.equal(b.seen.length, 0);
  assert.equal(a.reports("bind2")[0].status, 200);
});

Deno.test("an error of the next hop becomes one failure REPORT to the sender", async () => {
  const bridged = new Bridged();
  const [a, b] = await bridged.joined();
  b.answer = 403;
  for (const report of ["yes", "partial", "no"]) {
    say(a, bridged.uriA, A_URI, `m-${report}`, "hello", [`Failure-Report: ${report}`, "Byte-Range: 1-5/5"]);
  }
  await bridged.world.settle();
  const [report] = a.reports("m-yes");
  assert.equal(report.status, 403);
  assert.deepEqual([report.start, report.end, report.total], [1, 5, 5]);
  assert.equal(report.toPath, A_URI);
  assert.equal(report.fromPath, bridged.uriA);
  assert.equal(a.reports("m-partial").length, 1);
  assert.equal(a.reports("m-no").length, 0);
});

Deno.test("silence of the next hop becomes a REPORT 408, but not with Failure-Report partial", async () => {
  const bridged = new Bridged();
  const [a, b] = await bridged.joined();
  b.answer = 0;
  say(a, bridged.uriA, A_URI, "m-yes", "hello");
  say(a, bridged.uriA, A_URI, "m-partial", "hello", ["Failure-Report: partial"]);
  await bridged.world.pass(33_000);
  assert.equal(a.reports("m-yes")[0].status, 408);
  assert.equal(a.reports("m-partial").length, 0);
});

Deno.test("chunks of a message that failed are refused with 413, and its sender is told once", async () => {
  const bridged = new Bridged();
  const [a, b] = await bridged.joined();
  b.answer = 415;
  for (let i = 0; i < 3; i++) {
    a.send({
      to: bridged.uriA,
      from: A_URI,
      headers: ["Message-ID: long1", `Byte-Range: ${1 + 100 * i}-${100 + 100 * i}/500`],
      body: "x".repeat(100),
      flag: "+",
    });
  }
  await bridged.world.settle();
  assert.equal(a.reports("long1").length, 1);
  assert.equal(a.reports("long1")[0].status, 415);
  const tid = a.send({
    to: bridged.uriA,
    from: A_URI,
    headers: ["Message-ID: long1", "Byte-Range: 301-400/500"],
    body: "x".repeat(100),
    flag: "+",
  });
  await bridged.world.settle();
  assert.equal(a.response(tid)?.status, 413);
  // The receiver learns that the rest will not come.
  assert.equal(b.seen.at(-1)?.continuation, "#");
  b.answer = 200;
  const again = say(a, bridged.uriA, A_URI, "long1", "y".repeat(100));
  await bridged.world.settle();
  assert.equal(a.response(again)?.status, 200, "sent again from its first octet");
});

Deno.test("only the owner comes in: another From-Path 403, another connection 506, another session 481", async () => {
  const bridged = new Bridged();
  const { world, box, uriA } = bridged;
  const stranger = world.connect(box);
  const wrong = say(stranger, uriA, "msrp://evil.test:7001/alice1;tcp", "m1aa", "hello");
  const nowhere = say(stranger, box.uriFor("another0000000000000000", "tcp")!, A_URI, "m1aa", "hello");
  await world.settle();
  assert.equal(stranger.response(wrong)?.status, 403);
  assert.equal(stranger.response(nowhere)?.status, 481);
  const [a, b] = await bridged.joined();
  const second = say(stranger, uriA, A_URI, "m2aa", "hello");
  const spoofed = say(a, uriA, B_URI, "m3aa", "hello");
  const relayed = say(a, `${uriA} ${B_URI}`, A_URI, "m4aa", "hello");
  await world.settle();
  assert.equal(stranger.response(second)?.status, 506);
  assert.equal(a.response(spoofed)?.status, 403);
  assert.equal(a.response(relayed)?.status, 481);
  assert.equal(b.seen.length, 0);
});

Deno.test("the certificate must have the fingerprint of the SDP, where it gave one", async () => {
  const bridged = new Bridged(passivePeer(A_URI, { fingerprints: ["sha-256 AA:BB"] }));
  const { world, uriA } = bridged;
  const wrong = bridged.connectA({ transport: "tls", hasFingerprint: (text) => text === "sha-256 CC:DD" });
  await world.settle();
  assert.equal(wrong.responses[0].status, 403);
  const right = bridged.connectA({ transport: "tls", hasFingerprint: (text) => text === "sha-256 AA:BB" });
  await world.settle();
  assert.equal(right.responses[0].status, 200);
  assert.equal(right.response(say(right, uriA, A_URI, "m1aa", "x")), undefined);
});

Deno.test("with CEMA only the session id of the end point counts", async () => {
  const bridged = new Bridged(passivePeer(A_URI, { matching: "session" }));
  const { world, box, uriA } = bridged;
  const [, b] = [0, bridged.connectB()];
  const moved = "msrp://10.0.0.1:9/alice1;tcp";
  const a = world.connect(box);
  const tid = say(a, uriA, moved, "m1aa", "hello");
  const wrong = say(a, uriA, "msrp://a.test:7001/Alice1;tcp", "m2aa", "hello");
  await world.settle();
  assert.equal(a.response(tid)?.status, 200);
  assert.equal(a.response(wrong)?.status, 403);
  assert.equal(b.seen.length, 1);
  assert.equal(b.seen[0].request.fromPath, bridged.uriB);
});

Deno.test("types that the receiver does not take are 415, sizes 413, before an octet has passed", async () => {
  const accepts = { ...NO_RULES, maxSize: 100, types: new AcceptedTypes(["text/plain", "image/*"]) };
  const bridged = new Bridged(passivePeer(A_URI), passivePeer(B_URI, { accepts }));
  const { world, uriA } = bridged;
  const [a, b] = await bridged.joined();
  const send = (id: string, type: string, size: number, total: number | "*") =>
    a.send({
      to: uriA,
      from: A_URI,
      headers: [`Message-ID: ${id}`, `Byte-Range: 1-*/${total}`],
      body: "x".repeat(size),
      type,
      flag: total === size ? "$" : "+",
    });
  const tids = [
    send("good1", "Text/Plain; charset=utf-8", 10, 10),
    send("good2", "image/png", 10, 10),
    send("html1", "text/html", 10, 10),
    send("large1", "text/plain", 10, 101),
    send("large2", "text/plain", 101, 101),
  ];
  await world.settle();
  assert.deepEqual(tids.map((tid) => a.response(tid)?.status), [200, 200, 415, 413, 413]);
  assert.equal(b.seen.length, 2);
});

Deno.test("a message of unknown size that grows beyond the limit is stopped on both sides", async () => {
  const accepts = { ...NO_RULES, maxSize: 250 };
  const bridged = new Bridged(passivePeer(A_URI), passivePeer(B_URI, { accepts }));
  const { world, uriA } = bridged;
  const [a, b] = await bridged.joined();
  const tids = [1, 101, 201, 301].map((start) =>
    a.send({
      to: uriA,
      from: A_URI,
      headers: ["Message-ID: grows", `Byte-Range: ${start}-*/*`],
      body: "x".repeat(100),
      flag: "+",
    })
  );
  await world.settle();
  assert.deepEqual(tids.map((tid) => a.response(tid)?.status), [200, 200, 413, 413]);
  assert.deepEqual(b.seen.map(({ continuation }) => continuation), ["+", "+", "#"]);
  assert.equal(b.message("grows").length, 200);
});

Deno.test("what is for a peer that has not connected waits, and goes out when it does", async () => {
  const bridged = new Bridged();
  const { world, uriA } = bridged;
  const a = bridged.connectA();
  const tids = [1, 2, 3].map((i) => say(a, uriA, A_URI, `m${i}aa`, `hello ${i}`));
  await world.settle();
  assert.deepEqual(tids.map((tid) => a.response(tid)?.status), [200, 200, 200]);
  const b = bridged.connectB();
  await world.settle();
  assert.deepEqual(b.seen.map(({ body }) => toLatin1(body)), ["hello 1", "hello 2", "hello 3"]);
  assert.equal(a.reports().length, 0);
});

Deno.test("nobody connects: the senders of what waited are told after 30 s, and the owner", async () => {
  const bridged = new Bridged();
  const { world, uriA } = bridged;
  bridged.bridge.b.start();
  const a = bridged.connectA();
  say(a, uriA, A_URI, "m1aa", "hello", ["Byte-Range: 1-5/5"]);
  await world.pass(29_000);
  assert.equal(a.reports().length, 0);
  await world.pass(2_000);
  assert.deepEqual(a.reports("m1aa").map(({ status, start, end }) => [status, start, end]), [[408, 1, 5]]);
  assert.deepEqual(bridged.told.at(-1), {
    what: "lost",
    side: "b",
    status: 408,
    reason: "the peer did not connect within 30 s",
  });
  const late = say(a, uriA, A_URI, "m2aa", "hello");
  await world.settle();
  assert.equal(a.response(late)?.status, 481);
});

Deno.test("while a peer is awaited at most 64 KiB are kept, and the source is not read", async () => {
  const bridged = new Bridged();
  const { world, uriA } = bridged;
  const a = bridged.connectA();
  const body = new Uint8Array(1_000_000).fill(97);
  a.send({ to: uriA, from: A_URI, headers: ["Message-ID: file1", "Byte-Range: 1-*/1000000"], body });
  await world.settle();
  assert.ok(a.unsent > 0, "not read to its end");
  const b = bridged.connectB();
  await world.settle(60);
  assert.equal(b.message("file1").length, 1_000_000);
  assert.ok(b.message("file1").every((octet) => octet === 97));
  assert.equal(a.responses.at(-1)?.status, 200);
});

Deno.test("an active peer may connect before its answer is known: it waits, and the answer decides", async () => {
  const bridged = new Bridged(passivePeer(A_URI), null);
  const { world, box, uriB } = bridged;
  const a = bridged.connectA();
  const b = bridged.connectB();
  const forked = world.connect(box);
  const other = say(forked, uriB, "msrp://other.test:1/else1;tcp", "m9aa", "hello");
  const early = say(b, uriB, B_URI, "m1aa", "early");
  await world.settle();
  assert.equal(b.responses.length, 0);
  assert.equal(a.seen.length, 0);
  bridged.bridge.b.update(passivePeer(B_URI));
  bridged.bridge.b.start();
  await world.settle();
  assert.equal(b.response(early)?.status, 200);
  assert.equal(toLatin1(a.seen[0].body), "early");
  assert.equal(forked.response(other)?.status, 506);
});

Deno.test("an early stranger is refused when the answer names somebody else; no answer is 481", async () => {
  const bridged = new Bridged(passivePeer(A_URI), null);
  const { world, box, uriB } = bridged;
  const stranger = world.connect(box);
  const tid = say(stranger, uriB, "msrp://evil.test:1/else1;tcp", "m9aa", "hello");
  await world.settle();
  bridged.bridge.b.update(passivePeer(B_URI));
  await world.settle();
  assert.equal(stranger.response(tid)?.status, 403);

  const silent = new Bridged(passivePeer(A_URI), null);
  const b = silent.connectB();
  await silent.world.pass(31_000);
  assert.equal(b.responses[0].status, 481);
});

Deno.test("early arrivals are bounded in number and size", async () => {
  const bridged = new Bridged(passivePeer(A_URI), null);
  const { world, box, uriB } = bridged;
  const crowd = Array.from({ length: 5 }, () => world.connect(box));
  crowd.forEach((peer) => peer.send({ to: uriB, from: B_URI, headers: ["Message-ID: bind"] }));
  await world.settle();
  assert.deepEqual(crowd.map((peer) => peer.responses.length), [0, 0, 0, 0, 1]);
  assert.equal(crowd[4].responses[0].status, 481);
  say(crowd[0], uriB, B_URI, "file1", new Uint8Array(500_000));
  await world.settle();
  assert.ok(crowd[0].unsent > 0);
});

Deno.test("where we are active the bridge dials, binds with an empty SEND, and traffic flows", async () => {
  const bridged = new Bridged(passivePeer(A_URI), passivePeer(B_URI, { connects: "us" }));
  const { world, uriA, uriB } = bridged;
  const a = bridged.connectA();
  bridged.bridge.b.start();
  await world.settle();
  const b = world.reached("b.test");
  assert.deepEqual(world.dialled[0].to, { host: "b.test", port: 7002 });
  assert.equal(b.seen[0].request.toPath, B_URI);
  assert.equal(b.seen[0].request.fromPath, uriB);
  assert.equal(b.seen[0].body.length, 0);
  say(a, uriA, A_URI, "m1aa", "hello");
  say(b, uriB, B_URI, "m2bb", "back");
  await world.settle();
  assert.equal(toLatin1(b.seen[1].body), "hello");
  assert.equal(toLatin1(a.seen[0].body), "back");
});

Deno.test("CEMA: we connect to the address of the c= and m= lines, the paths stay", async () => {
  const peer = passivePeer(B_URI, { connects: "us", address: { host: "middlebox.test", port: 5 } });
  const bridged = new Bridged(passivePeer(A_URI), peer);
  bridged.bridge.b.start();
  await bridged.world.settle();
  assert.equal(bridged.world.reached("middlebox.test").seen[0].request.toPath, B_URI);
});

Deno.test("a peer that refuses the binding request, or cannot be reached, is told to the owner", async () => {
  const bridged = new Bridged(passivePeer(A_URI), passivePeer(B_URI, { connects: "us" }));
  bridged.bridge.b.start();
  bridged.world.reached("b.test").answer = 481;
  await bridged.world.settle();
  // A connection that was refused was never there: whoever counts the time without one goes on counting.
  assert.deepEqual(bridged.told, [{ what: "lost", side: "b", status: 481, reason: "x" }]);

  const unreachable = new Bridged(passivePeer(A_URI), passivePeer(B_URI, { connects: "us" }));
  unreachable.world.refuse("b.test");
  unreachable.bridge.b.start();
  assert.equal(unreachable.told[0].status, 481);
});

Deno.test("a lost receiver: unanswered messages are reported, new ones refused, the owner told", async () => {
  const bridged = new Bridged();
  const { world, uriA } = bridged;
  const [a, b] = await bridged.joined();
  b.answer = 0;
  say(a, uriA, A_URI, "m1aa", "hello");
  await world.settle();
  b.duplex.destroy();
  await world.settle();
  assert.deepEqual(a.reports("m1aa").map(({ status }) => status), [408]);
  assert.equal(bridged.told.at(-1)?.what, "lost");
  const tid = say(a, uriA, A_URI, "m2aa", "hello");
  await world.settle();
  assert.equal(a.response(tid)?.status, 481);
  const back = bridged.connectB();
  await world.settle();
  assert.equal(back.responses[0].status, 481, "only SIP can make the session anew");
});

Deno.test("a sender lost in the middle of a chunk: the receiver is told that it ends there", async () => {
  const bridged = new Bridged();
  const { world, uriA } = bridged;
  const [a, b] = await bridged.joined();
  a.write(
    `MSRP cut1 SEND\r\nTo-Path: ${uriA}\r\nFrom-Path: ${A_URI}\r\nMessage-ID: cut1\r\nByte-Range: 1-*/5000\r\n` +
      `Content-Type: text/plain\r\n\r\n${"x".repeat(3000)}`,
  );
  await world.settle();
  a.duplex.destroy();
  await world.settle();
  assert.equal(b.seen.at(-1)?.continuation, "#");
  assert.equal(b.message("cut1").length, 3000);
});

Deno.test("a receiver lost in the middle of a chunk: the sender is answered at once", async () => {
  const bridged = new Bridged();
  const { world, uriA } = bridged;
  const [a, b] = await bridged.joined();
  const begin =
    `MSRP cut2 SEND\r\nTo-Path: ${uriA}\r\nFrom-Path: ${A_URI}\r\nMessage-ID: cut2\r\nByte-Range: 1-*/5000\r\n` +
    `Content-Type: text/plain\r\n\r\n`;
  a.write(begin + "x".repeat(3000));
  await world.settle();
  b.duplex.destroy();
  await world.settle();
  assert.ok([408, 481].includes(a.response("cut2")!.status));
  a.write(`${"x".repeat(2000)}\r\n-------cut2$\r\n`);
  await world.settle();
  assert.equal(a.responses.filter(({ tid }) => tid === "cut2").length, 1);
  assert.equal(a.reports("cut2").length, 0, "the answer has said it");
});

Deno.test("413 from the receiver in the middle of a chunk ends it there, and the sender gets it", async () => {
  const bridged = new Bridged();
  const { world, uriA } = bridged;
  const [a, b] = await bridged.joined();
  a.answer = b.answer = 0;
  a.write(
    `MSRP mid1 SEND\r\nTo-Path: ${uriA}\r\nFrom-Path: ${A_URI}\r\nMessage-ID: mid1\r\nByte-Range: 1-*/9000\r\n` +
      `Content-Type: text/plain\r\n\r\n${"x".repeat(3000)}`,
  );
  await world.settle();
  // A frame of the bridge interrupts the chunk, which makes the receiver see a part of it.
  say(b, bridged.uriB, B_URI, "back1", "y");
  await world.settle();
  b.respond(b.seen.find(({ request }) => request.messageId === "mid1")!.request, 413);
  await world.settle();
  assert.equal(a.response("mid1")?.status, 413);
  a.write(`${"x".repeat(6000)}\r\n-------mid1$\r\n`);
  await world.settle();
  assert.equal(b.message("mid1").length, 3000);
});

Deno.test("re-anchoring: another path, another connection, the same bridge", async () => {
  const bridged = new Bridged();
  const { world, box, uriA, uriB } = bridged;
  const [a, b] = await bridged.joined();
  const moved = "msrp://b2.test:7002/bob2;tcp";
  bridged.bridge.b.update(passivePeer(moved));
  bridged.bridge.b.start();
  const waiting = say(a, uriA, A_URI, "m1aa", "hello");
  const old = say(b, uriB, B_URI, "m2bb", "still here");
  await world.settle();
  assert.equal(b.response(old)?.status, 403);
  const b2 = world.connect(box);
  b2.send({ to: uriB, from: moved, headers: ["Message-ID: bind"] });
  await world.settle();
  assert.equal(a.response(waiting)?.status, 200);
  assert.equal(toLatin1(b2.seen[0].body), "hello");
  assert.equal(b2.seen[0].request.toPath, moved);
  bridged.bridge.b.update(passivePeer(moved));
  assert.equal(bridged.bridge.b.bound, true, "a refresh changes nothing");
});

Deno.test("a session that was lost lives again after SIP said so", async () => {
  const bridged = new Bridged();
  const { world, uriA } = bridged;
  const [a, b] = await bridged.joined();
  b.duplex.destroy();
  await world.settle();
  bridged.bridge.b.update(passivePeer(B_URI));
  bridged.bridge.b.start();
  const again = bridged.connectB();
  say(a, uriA, A_URI, "m1aa", "hello");
  await world.settle();
  assert.equal(toLatin1(again.seen[0].body), "hello");
});

Deno.test("a peer that announces a new connection may use it before the old one is known to be dead", async () => {
  const bridged = new Bridged();
  const { world, uriA } = bridged;
  const [a] = await bridged.joined();
  bridged.bridge.b.renew();
  bridged.bridge.b.start();
  const again = bridged.connectB();
  say(a, uriA, A_URI, "m1aa", "hello");
  await world.settle();
  assert.equal(again.responses[0].status, 200);
  assert.equal(toLatin1(again.seen[0].body), "hello");
  assert.equal(bridged.told.filter(({ what }) => what === "lost").length, 0);
});

Deno.test("two early connections together bring more than is kept: one is let go", async () => {
  const bridged = new Bridged(passivePeer(A_URI), null);
  const { world, box, uriB } = bridged;
  const crowd = [world.connect(box), world.connect(box), world.connect(box)];
  crowd.forEach((peer, i) => say(peer, uriB, B_URI, `file${i}`, new Uint8Array(25_000)));
  await world.settle();
  const refused = crowd.filter((peer) => peer.responses.some(({ status }) => status === 481));
  assert.equal(refused.length, 1);
});

Deno.test("close: both sessions are gone, what waited is reported, and what turns out to be lost afterwards", async () => {
  const bridged = new Bridged();
  const { world, box, uriA } = bridged;
  const a = bridged.connectA();
  say(a, uriA, A_URI, "m1aa", "hello");
  await world.settle();
  bridged.bridge.close("BYE");
  await world.settle();
  assert.equal(a.reports("m1aa")[0].status, 481);
  assert.equal(box.size, 0);
  const tid = say(a, uriA, A_URI, "m2aa", "hello");
  await world.settle();
  assert.equal(a.response(tid)?.status, 481);

  const second = new Bridged();
  const [a2, b2] = await second.joined();
  b2.answer = 0;
  say(a2, second.uriA, A_URI, "m3aa", "hello");
  await second.world.settle();
  second.bridge.close("BYE");
  await second.world.settle();
  assert.equal(a2.reports("m3aa").length, 0, "its answer may be on its way");
  b2.duplex.destroy();
  await second.world.settle();
  assert.deepEqual(a2.reports("m3aa").map(({ status }) => status), [408]);
  await second.world.pass(70_000);
  assert.notEqual(a2.closed, null, "the node closes what carries nothing");
});

Deno.test("who hangs up after the 200 for a large message: its receiver is not sent away before it has answered, or is lost", async () => {
  for (const how of ["answers", "is lost", "is silent", "wants no answer"] as const) {
    const bridged = new Bridged();
    const { world, bridge, uriA, uriB } = bridged;
    const [a, b] = await bridged.joined();
    b.answer = 0;
    const body = "x".repeat(100_000);
    const more = how === "wants no answer" ? ["Failure-Report: no"] : [];
    const tid = say(a, uriA, A_URI, "large", body, ["Byte-Range: 1-100000/100000", ...more]);
    await world.settle();
    assert.equal(a.response(tid)?.status, how === "wants no answer" ? undefined : 200);
    const drained: string[] = [];
    bridge.drain(bridge.b, () => drained.push("b"));
    assert.deepEqual(drained, ["b"], "it has sent nothing");
    bridge.drain(bridge.a, () => drained.push("a"));
    bridge.close("BYE");
    a.duplex.destroy();
    await world.settle();
    assert.equal(b.message("large").length, 100_000);
    if (how === "wants no answer") {
      assert.deepEqual([drained, bridged.over], [["b", "a"], true]);
      continue;
    }
    assert.deepEqual([drained, bridged.over], [["b"], false]);
    await world.pass(20_000);
    assert.deepEqual(drained, ["b"]);
    const { tid: theirs } = b.seen.find(({ request }) => request.messageId === "large")!.request;
    if (how === "answers") {
      b.write(`MSRP ${theirs} 200 OK\r\nTo-Path: ${uriB}\r\nFrom-Path: ${B_URI}\r\n-------${theirs}$\r\n`);
    } else if (how === "is lost") b.duplex.destroy();
    else await world.pass(25_000);
    await world.settle();
    assert.deepEqual(drained, ["b", "a"], how);
    await world.pass(2_000);
    assert.equal(bridged.over, true);
    assert.equal(bridged.box.size, 0);
    assert.deepEqual(bridged.store.messages, []);
  }
});

Deno.test("a NICKNAME and its answer go across; AUTH is 501", async () => {
  const bridged = new Bridged();
  const { world, uriA } = bridged;
  const [a, b] = await bridged.joined();
  const tid = a.send({ method: "NICKNAME", to: uriA, from: A_URI, headers: ['Use-Nickname: "Al"'] });
  const auth = a.send({ method: "AUTH", to: uriA, from: A_URI });
  await world.settle();
  assert.equal(b.seen[0].request.header("Use-Nickname"), '"Al"');
  b.respond(b.seen[0].request, 425);
  await world.settle();
  assert.equal(a.response(tid)?.status, 425);
  assert.equal(a.response(auth)?.status, 501);
});

Deno.test("a REPORT of one of the peer's relays comes from a part of its path", async () => {
  const relayed = `msrp://relay.test:2855/r1;tcp ${B_URI}`;
  const bridged = new Bridged(passivePeer(A_URI), passivePeer(relayed));
  const { world, box, uriB } = bridged;
  const a = bridged.connectA();
  const relay = world.connect(box);
  relay.send({ to: uriB, from: relayed, headers: ["Message-ID: bind"] });
  const report = ["Message-ID: m1aa", "Byte-Range: 1-5/5", "Status: 000 408 Timeout"];
  relay.send({ method: "REPORT", to: uriB, from: "msrp://relay.test:2855/r1;tcp", headers: report });
  relay.send({ method: "REPORT", to: uriB, from: "msrp://evil.test:2855/r1;tcp", headers: report });
  await world.settle();
  assert.equal(a.reports("m1aa").length, 1);
});

Deno.test("a tap sees heads, octets, ends and reports of both sides, as they were sent", async () => {
  const log: string[] = [];
  const bridged = new Bridged(undefined, undefined, {
    room: null,
    onBegin: (from, head) => log.push(`${from} begin ${head.messageId} ${head.start}`),
    onOctets: (from, _head, octets) => log.push(`${from} octets ${octets.length}`),
    onEnd: (from, _head, continuation) => {
      log.push(`${from} end ${continuation}`);
      return null;
    },
    onReport: (from, report, ours) => log.push(`${from} report ${report.status} ${ours}`),
  });
  const [a, b] = await bridged.joined();
  say(a, bridged.uriA, A_URI, "m1aa", "hello");
  await bridged.world.settle();
  b.answer = 403;
  say(a, bridged.uriA, A_URI, "m2aa", "again");
  await bridged.world.settle();
  a.send({
    method: "REPORT",
    to: bridged.uriA,
    from: A_URI,
    headers: ["Message-ID: x1yz", "Status: 000 200 OK", "Byte-Range: 1-1/1"],
  });
  await bridged.world.settle();
  assert.deepEqual(log, [
    "a begin m1aa 1",
    "a octets 5",
    "a end $",
    "a begin m2aa 1",
    "a octets 5",
    "a end $",
    "b report 403 true",
    "a report 200 false",
  ]);
});

Deno.test("a session id that is taken throws and leaves nothing behind", () => {
  const { box, bridge, uriA, uriB, world, ...owner } = new Bridged();
  const parts = { node: box, clock: world.time, timers: world.time.timers, tap: null };
  const leg = (sessionId: string, localUri: string) => ({ sessionId, localUri, peer: null });
  const make = () =>
    new Bridge({ ...parts, owner: { onBound() {}, onLost() {} } }, leg("fresh", uriA), leg(B_ID, uriB));
  assert.throws(make, RangeError);
  assert.equal(box.size, 2);
  assert.deepEqual(owner.told, []);
  bridge.close("done");
  assert.equal(box.size, 0);
});

Deno.test("the last traffic either way is known", async () => {
  const bridged = new Bridged();
  const { world, uriA } = bridged;
  const [a] = await bridged.joined();
  const since = bridged.bridge.lastTraffic;
  await world.pass(5_000);
  assert.equal(bridged.bridge.lastTraffic, since);
  say(a, uriA, A_URI, "m1aa", "hello");
  await world.settle();
  assert.ok(bridged.bridge.lastTraffic >= since + 5_000);
});

Deno.test("a sender that has connected anew is told of what failed before on its new connection", async () => {
  const bridged = new Bridged();
  const { world, uriA } = bridged;
  const [a, b] = await bridged.joined();
  b.answer = 0;
  say(a, uriA, A_URI, "m1aa", "hello");
  await world.settle();
  a.duplex.destroy();
  await world.settle();
  const moved = "msrp://a2.test:7001/alice2;tcp";
  bridged.bridge.a.update(passivePeer(moved));
  bridged.bridge.a.start();
  const again = world.connect(bridged.box);
  again.send({ to: uriA, from: moved, headers: ["Message-ID: bind"] });
  await world.settle();
  b.duplex.destroy();
  await world.settle();
  const reports = again.reports("m1aa");
  assert.deepEqual(reports.map(({ status, toPath, fromPath }) => [status, toPath, fromPath]), [[408, moved, uriA]]);
});

Deno.test("a sender that is about to connect anew hears of what failed meanwhile as soon as it is there", async () => {
  const bridged = new Bridged();
  const { world, uriA } = bridged;
  const [a, b] = await bridged.joined();
  b.answer = 0;
  say(a, uriA, A_URI, "m1aa", "hello");
  await world.settle();
  a.duplex.destroy();
  await world.settle();
  bridged.bridge.a.update(passivePeer(A_URI));
  bridged.bridge.a.start();
  b.duplex.destroy();
  await world.settle();
  const again = bridged.connectA();
  await world.settle();
  assert.deepEqual(again.reports("m1aa").map(({ status }) => status), [408]);
});

Deno.test("what an early connection brought counts no longer when it has gone", async () => {
  const bridged = new Bridged(passivePeer(A_URI), null);
  const { world, box, uriB } = bridged;
  const stranger = world.connect(box);
  say(stranger, uriB, "msrp://c.test:1/c;tcp", "flood", new Uint8Array(60_000));
  await world.settle();
  stranger.duplex.destroy();
  await world.settle();
  const b = bridged.connectB();
  const tid = say(b, uriB, B_URI, "m1bb", new Uint8Array(20_000));
  await world.settle();
  assert.equal(b.unsent, 0, "it is read");
  bridged.bridge.b.update(passivePeer(B_URI));
  await world.settle();
  assert.equal(b.response(tid)?.status, 200);
});

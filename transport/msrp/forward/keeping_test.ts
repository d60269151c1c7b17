import assert from "node:assert/strict";
import { toLatin1 } from "../../../foundation/mod.ts";
import { NO_RULES } from "./forward_rules.ts";
import type { LegPeer } from "./leg_options.ts";
import { A_URI, B_URI, Bridged, passivePeer } from "./testing/bridged.ts";
import type { WirePeer } from "./testing/wire_peer.ts";

/** A bridge that keeps what is for B, unless said otherwise. */
function keeping(b: Partial<LegPeer> = {}, a: Partial<LegPeer> = {}): Bridged {
  return new Bridged(passivePeer(A_URI, a), passivePeer(B_URI, { keeps: true, ...b }));
}

function say(peer: WirePeer, bridged: Bridged, id: string, body: string | Uint8Array, more: string[] = []): string {
  return peer.send({ to: bridged.uriA, from: A_URI, headers: [`Message-ID: ${id}`, ...more], body });
}

const text = (octets: Uint8Array) => toLatin1(octets);

Deno.test("what was answered is not kept: nothing is handed over when the session ends", async () => {
  const bridged = keeping();
  const [a] = await bridged.joined();
  for (let i = 0; i < 300; i++) say(a, bridged, `m${i}`, "hello");
  await bridged.world.settle(12);
  bridged.bridge.close("done");
  assert.equal(bridged.over, true, "nothing is waited for");
  assert.equal(bridged.box.size, 0);
  assert.deepEqual(bridged.store.messages, []);
});

Deno.test("what a broken connection left open goes out again on the next one, in order, under its Message-ID", async () => {
  const bridged = keeping();
  const [a, b] = await bridged.joined();
  b.answer = 0;
  const tids = [say(a, bridged, "m1", "one"), say(a, bridged, "m2", "two")];
  await bridged.world.settle();
  b.duplex.destroy();
  await bridged.world.settle();
  // Nobody knows yet whether B comes again.
  tids.push(say(a, bridged, "m3", "three"));
  await bridged.world.settle();
  bridged.bridge.b.update(passivePeer(B_URI, { keeps: true }));
  tids.push(say(a, bridged, "m4", "four"));
  await bridged.world.settle();
  const again = bridged.connectB();
  await bridged.world.settle();
  assert.deepEqual(again.seen.map(({ request, body }) => `${request.messageId} ${text(body)}`), [
    "m1 one",
    "m2 two",
    "m3 three",
    "m4 four",
  ]);
  assert.deepEqual(tids.map((tid) => a.response(tid)?.status), [200, 200, 200, 200]);
  assert.equal(a.reports().length, 0);
  bridged.bridge.close("done");
  assert.deepEqual(bridged.store.messages, []);
});

Deno.test("a receiver who does not come again: everything is handed over in order, and only then reported as delivered", async () => {
  const bridged = keeping();
  bridged.store.waits = true;
  const [a, b] = await bridged.joined();
  b.answer = 0;
  const report = ["Success-Report: yes", "Byte-Range: 1-3/3"];
  say(a, bridged, "m1", "one", report);
  say(a, bridged, "m2", "two");
  await bridged.world.settle();
  b.duplex.destroy();
  await bridged.world.settle();
  bridged.bridge.b.update(passivePeer(B_URI, { keeps: true }));
  say(a, bridged, "m3", "three", ["Success-Report: yes"]);
  await bridged.world.settle();
  assert.deepEqual(bridged.store.ids, []);
  bridged.bridge.close("the receiver does not come");
  await bridged.world.settle();
  assert.deepEqual(
    bridged.store.messages.map(({ from, messageId, contentType, body }) => [from, messageId, contentType, text(body)]),
    [["a", "m1", "text/plain", "one"], ["a", "m2", "text/plain", "two"], ["a", "m3", "text/plain", "three"]],
  );
  assert.equal(a.reports().length, 0, "nothing is safe yet");
  const [first, second, third] = bridged.store.waiting;
  first(200, "OK");
  second(200, "OK");
  await bridged.world.settle();
  assert.deepEqual(
    a.reports().map(({ messageId, status, start, end, total }) => [messageId, status, start, end, total]),
    [
      ["m1", 200, 1, 3, 3],
    ],
  );
  assert.equal(bridged.over, false);
  third(413, "mailbox full");
  await bridged.world.settle();
  // What its sender had under way by then is not one for a session that nobody knows.
  const late = say(a, bridged, "m4", "four");
  await bridged.world.settle();
  assert.equal(a.response(late)?.status, 408);
  await bridged.world.pass(1000);
  assert.deepEqual(a.reports("m3").map(({ status, statusText, end }) => [status, statusText, end]), [[
    413,
    "mailbox full",
    5,
  ]]);
  assert.equal(bridged.over, true);
  assert.equal(bridged.box.size, 0);
});

Deno.test("at the end of a session answers on their way are waited for, and nothing new is taken", async () => {
  const bridged = keeping();
  const [a, b] = await bridged.joined();
  b.answer = 0;
  say(a, bridged, "m1", "one");
  say(a, bridged, "m2", "two");
  await bridged.world.settle();
  bridged.bridge.close("BYE");
  await bridged.world.settle();
  const late = say(a, bridged, "m3", "three");
  await bridged.world.settle();
  assert.equal(a.response(late), undefined, "481 would end the session for its sender");
  b.respond(b.seen[0].request, 200);
  await bridged.world.settle();
  assert.equal(bridged.over, false);
  await bridged.world.pass(4000);
  assert.deepEqual(bridged.store.ids, ["m2"]);
  assert.equal(bridged.over, true);
  assert.equal(bridged.box.size, 0);
  assert.equal(a.response(late)?.status, 408);
});

Deno.test("at the end of a session a receiver who hangs up at once gets later what it has not answered", async () => {
  const bridged = keeping();
  const [a, b] = await bridged.joined();
  b.answer = 0;
  say(a, bridged, "m1", "one");
  await bridged.world.settle();
  bridged.bridge.close("BYE");
  b.duplex.destroy();
  await bridged.world.settle();
  await bridged.world.pass(1000);
  assert.deepEqual(bridged.store.ids, ["m1"]);
  assert.equal(bridged.over, true);
});

Deno.test("a store that never says what became of a message holds up the end for a while only", async () => {
  const bridged = keeping();
  bridged.store.waits = true;
  const [a, b] = await bridged.joined();
  b.answer = 0;
  say(a, bridged, "m1", "one");
  await bridged.world.settle();
  bridged.bridge.close("BYE");
  await bridged.world.pass(13_000);
  assert.equal(bridged.over, true);
  assert.equal(bridged.box.size, 0);
  // Too late for its sender; nothing breaks.
  bridged.store.waiting[0](200, "OK");
});

Deno.test("refusals of the receiver are refusals; its silence is that of one who is gone", async () => {
  const bridged = keeping();
  const [a, b] = await bridged.joined();
  b.answer = 415;
  say(a, bridged, "m1", "one");
  await bridged.world.settle();
  assert.deepEqual(a.reports("m1").map(({ status }) => status), [415]);
  b.answer = 0;
  say(a, bridged, "m2", "two");
  await bridged.world.pass(33_000);
  assert.deepEqual(bridged.store.ids, ["m2"]);
  assert.equal(a.reports("m2").length, 0);
});

for (const piece of [32_768, 3000]) {
  Deno.test(`large messages, and those whose sender wants no word of failure, are not kept; ${piece} at a time`, async () => {
    const bridged = keeping();
    const [a, b] = await bridged.joined({ piece });
    b.answer = 0;
    say(a, bridged, "large", "x".repeat(16_385));
    say(a, bridged, "untold", "x".repeat(20_000), ["Byte-Range: 1-*/*"]);
    say(a, bridged, "careless", "x", ["Failure-Report: no"]);
    say(a, bridged, "partial", "x", ["Failure-Report: partial"]);
    say(a, bridged, "most", "x".repeat(16_384), ["Byte-Range: 1-16384/16384"]);
    await bridged.world.settle(30);
    b.duplex.destroy();
    await bridged.world.settle();
    bridged.bridge.close("gone");
    await bridged.world.settle();
    assert.deepEqual(bridged.store.ids, ["most"]);
    assert.equal(bridged.store.messages[0].body.length, 16_384);
    assert.deepEqual(a.reports().map(({ messageId }) => messageId).toSorted(), ["large", "partial", "untold"]);
  });
}

Deno.test("a message in several chunks, and in pieces, is kept as one", async () => {
  const bridged = keeping();
  const [a, b] = await bridged.joined({ piece: 37 });
  b.answer = 0;
  for (const [i, part] of ["aaaa", "bbbb", "cc"].entries()) {
    a.send({
      to: bridged.uriA,
      from: A_URI,
      headers: ["Message-ID: long1", `Byte-Range: ${1 + 4 * i}-${4 * i + part.length}/10`],
      body: part,
      flag: i === 2 ? "$" : "+",
    });
    say(a, bridged, `between${i}`, "x".repeat(3000));
  }
  // One that is never finished.
  a.send({
    to: bridged.uriA,
    from: A_URI,
    headers: ["Message-ID: half1", "Byte-Range: 1-4/10"],
    body: "aaaa",
    flag: "+",
  });
  await bridged.world.settle(60);
  b.duplex.destroy();
  await bridged.world.settle();
  bridged.bridge.b.update(passivePeer(B_URI, { keeps: true }));
  const again = bridged.connectB();
  again.answer = 0;
  await bridged.world.settle(60);
  const long = again.seen.filter(({ request }) => request.messageId === "long1");
  assert.deepEqual(long.map(({ request, body }) => [text(body), request.start, request.end, request.total]), [
    ["aaaabbbbcc", 1, 10, 10],
  ]);
  again.duplex.destroy();
  await bridged.world.settle();
  bridged.bridge.close("gone");
  await bridged.world.settle();
  assert.deepEqual(bridged.store.ids, ["long1", "between0", "between1", "between2"]);
  assert.equal(text(bridged.store.messages[0].body), "aaaabbbbcc");
  assert.deepEqual(a.reports().map(({ messageId }) => messageId), ["half1"]);
});

Deno.test("a message that is still coming in when its receiver goes comes in to its end, and goes out later", async () => {
  const bridged = keeping();
  const [a, b] = await bridged.joined();
  const [head, rest] = ["MSRP half SEND\r\n", "-------half"];
  a.write(
    `${head}To-Path: ${bridged.uriA}\r\nFrom-Path: ${A_URI}\r\nMessage-ID: m1\r\nByte-Range: 1-*/10\r\n` +
      "Content-Type: text/plain\r\n\r\nhello",
  );
  await bridged.world.settle();
  b.duplex.destroy();
  await bridged.world.settle();
  bridged.bridge.b.update(passivePeer(B_URI, { keeps: true }));
  const again = bridged.connectB();
  await bridged.world.settle();
  assert.equal(a.response("half"), undefined);
  a.write(`world\r\n${rest}$\r\n`);
  await bridged.world.settle();
  assert.equal(a.response("half")?.status, 200);
  assert.deepEqual(again.seen.map(({ request, body }) => [request.start, request.end, text(body)]), [
    [1, 10, "helloworld"],
  ]);
  // Of a part alone nothing can be kept.
  a.write(
    `${head.replace("half", "part")}To-Path: ${bridged.uriA}\r\nFrom-Path: ${A_URI}\r\nMessage-ID: m2\r\n` +
      "Byte-Range: 1-*/10\r\nContent-Type: text/plain\r\n\r\nhel",
  );
  await bridged.world.settle();
  again.duplex.destroy();
  await bridged.world.settle();
  a.write("lo\r\n-------part+\r\n");
  await bridged.world.settle();
  assert.equal(a.response("part")?.status, 408, "481 would end the session for its sender");
  bridged.bridge.close("gone");
  assert.deepEqual(bridged.store.ids, []);
  assert.equal(bridged.over, true);
});

Deno.test("what is stored is as it was sent, what goes out again is as it goes to that receiver", async () => {
  const accepts: LegPeer["accepts"] = {
    ...NO_RULES,
    rewriter: {
      wants: () => true,
      look: () => ({ contentType: "text/plain", drop: 4, prepend: new TextEncoder().encode(">") }),
    },
  };
  const bridged = keeping({ accepts });
  const [a, b] = await bridged.joined();
  b.answer = 0;
  a.send({ to: bridged.uriA, from: A_URI, headers: ["Message-ID: m1"], body: "HEADhello", type: "message/cpim" });
  await bridged.world.settle();
  b.duplex.destroy();
  await bridged.world.settle();
  bridged.bridge.b.update(passivePeer(B_URI, { keeps: true, accepts }));
  const again = bridged.connectB();
  again.answer = 0;
  await bridged.world.settle();
  assert.deepEqual(again.seen.map(({ request, body }) => [request.contentType, request.end, text(body)]), [
    ["text/plain", 6, ">hello"],
  ]);
  bridged.bridge.close("gone");
  await bridged.world.pass(3000);
  assert.deepEqual(bridged.store.messages.map(({ contentType, body }) => [contentType, text(body)]), [
    ["message/cpim", "HEADhello"],
  ]);
});

Deno.test("with a relay next to the receiver, and a report asked for, only the report says that it is there", async () => {
  const path = `msrp://relay.test:2855/r1;tcp ${B_URI}`;
  const bridged = keeping({ path });
  const a = bridged.connectA();
  const b = bridged.world.connect(bridged.box);
  b.send({ to: bridged.uriB, from: path, headers: ["Message-ID: bindB"] });
  await bridged.world.settle();
  for (const id of ["m1", "m2", "m3", "m4"]) say(a, bridged, id, "hello", ["Success-Report: yes", "Byte-Range: 1-5/5"]);
  say(a, bridged, "m5", "hello");
  await bridged.world.settle();
  const report = (id: string, status: string) =>
    b.send({
      method: "REPORT",
      to: bridged.uriB,
      from: path,
      headers: [`Message-ID: ${id}`, "Byte-Range: 1-5/5", `Status: 000 ${status}`],
    });
  report("m1", "200 OK");
  report("m2", "408 gone");
  report("m3", "415 no");
  await bridged.world.settle();
  assert.deepEqual(bridged.store.ids, ["m2"]);
  bridged.bridge.close("gone");
  await bridged.world.pass(3000);
  assert.deepEqual(bridged.store.ids, ["m2", "m4"]);
  assert.deepEqual(a.reports().map(({ messageId, status }) => `${messageId} ${status}`), [
    "m1 200",
    "m2 200",
    "m3 415",
    "m4 200",
  ]);
});

Deno.test("a receiver that answers nothing makes its sender wait: little is kept, and time frees it", async () => {
  const bridged = keeping();
  const [a, b] = await bridged.joined();
  b.answer = 0;
  for (let i = 0; i < 200; i++) say(a, bridged, `m${i}`, "x".repeat(2000), ["Byte-Range: 1-2000/2000"]);
  await bridged.world.settle(30);
  const came = b.seen.length;
  assert.ok(came >= 16 && came <= 40, `${came} have come`);
  assert.ok(a.unsent > 0);
  b.answer = 200;
  for (const { request } of [...b.seen]) b.respond(request, 200);
  await bridged.world.settle(200);
  assert.equal(b.seen.length, 200);
});

Deno.test("answers that are held up themselves are not waited for without end", async () => {
  const bridged = keeping({}, { keeps: true });
  const [a, b] = await bridged.joined();
  a.answer = b.answer = 0;
  for (let i = 0; i < 100; i++) {
    say(a, bridged, `a${i}`, "x".repeat(2000), ["Byte-Range: 1-2000/2000"]);
    b.send({
      to: bridged.uriB,
      from: B_URI,
      headers: [`Message-ID: b${i}`, "Byte-Range: 1-2000/2000"],
      body: "y".repeat(2000),
    });
  }
  await bridged.world.settle(60);
  assert.ok(a.unsent > 0 !== b.unsent > 0, "one of the two waits, the other must not");
  await bridged.world.pass(6000);
  await bridged.world.settle(60);
  assert.equal(a.unsent + b.unsent, 0);
});

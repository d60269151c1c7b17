import assert from "node:assert/strict";
import { randomToken } from "../../../../foundation/mod.ts";
import type { SessionEvents } from "../session_events.ts";
import { accept, answer, mediaOf, offer } from "../testing/session_world.ts";
import { FakeDeferred } from "../testing/fake_deferred.ts";
import { Client } from "../testing/msrp_wire.ts";
import { ThreadWire } from "./testing/fake_threads.ts";

/** The ends of sessions as they were told. */
function ends(wire: ThreadWire): SessionEvents["sessionEnded"][] {
  const told: SessionEvents["sessionEnded"][] = [];
  wire.world.events.on("sessionEnded", (event) => told.push(event));
  return told;
}

/** The requests of that method toward bob, and what alice was sent in her dialog. */
function byes(wire: ThreadWire): { readonly reason: string | undefined }[] {
  return wire.world.requests("BYE").map(({ request }) => ({ reason: request.get("Reason") }));
}

Deno.test("both sides of a session are told the doors of one thread, and messages pass there both ways", async () => {
  const wire = await ThreadWire.open();
  await wire.session();
  const [path] = mediaOf(wire.invited.last).path;
  assert.match(path, /^msrp:\/\/im\.example\.test:2860\//);
  assert.match(mediaOf(wire.world.requests("INVITE")[0].request).path[0], /^msrp:\/\/im\.example\.test:2860\//);
  for (let i = 0; i < 20; i++) {
    wire.alice.say(`to bob ${i}`);
    wire.bob.say(`to alice ${i}`);
  }
  await wire.settle();
  await wire.settle();
  assert.deepEqual(wire.bob.texts, Array.from({ length: 20 }, (_, i) => `to bob ${i}`));
  assert.deepEqual(wire.alice.texts, Array.from({ length: 20 }, (_, i) => `to alice ${i}`));
  assert.equal(wire.fake.here.size, 0, "nothing of it is on the main thread");
});

Deno.test("the list shows what passed a second ago; the end of a session tells all of it", async () => {
  const wire = await ThreadWire.open();
  const told = ends(wire);
  await wire.session();
  for (const text of ["one", "two", "three"]) wire.alice.say(text);
  await wire.settle();
  wire.world.time.advance(1_100);
  await wire.settle();
  assert.deepEqual(wire.world.sessions.list()[0].fromInviter, { messages: 3, octets: 11 });
  // No second passes between these and the end.
  wire.alice.say("four");
  wire.bob.say("five");
  await wire.settle();
  assert.equal(wire.world.sessions.list()[0].fromInviter.messages, 3);
  wire.fake.life.slow = true;
  wire.world.within(wire.invited, "BYE");
  await wire.settle();
  assert.deepEqual(told, [], "it waits for the thread's figures");
  wire.fake.life.arrive();
  assert.deepEqual(told.map(({ why, fromInviter, fromInvitee }) => ({ why, fromInviter, fromInvitee })), [
    { why: "inviter", fromInviter: { messages: 4, octets: 15 }, fromInvitee: { messages: 1, octets: 4 } },
  ]);
  assert.equal(wire.box.size, 0, "our URIs mean nothing any more");
  assert.equal(wire.world.metrics.value("parley_media_thread_sessions"), 0);
});

Deno.test("a thread that does not say what passed is waited for no longer than two seconds", async () => {
  const wire = await ThreadWire.open();
  const told = ends(wire);
  await wire.session();
  wire.alice.say("hello");
  await wire.settle();
  wire.world.time.advance(1_100);
  wire.fake.life.slow = true;
  wire.world.within(wire.invited, "BYE");
  wire.world.time.advance(1_900);
  assert.equal(told.length, 0);
  wire.world.time.advance(200);
  assert.deepEqual(told.map(({ fromInviter }) => fromInviter), [{ messages: 1, octets: 5 }]);
  wire.fake.life.arrive();
  assert.equal(told.length, 1, "what it says later tells nobody again");
});

Deno.test("a device that is quicker than the word of its session waits, and then is in it", async () => {
  const wire = await ThreadWire.open();
  wire.fake.life.slow = true;
  await wire.session(async () => {
    wire.bob.say("first of all");
    wire.bob.say("and a second");
    await wire.settle();
    assert.ok(wire.fake.life.heard.every(({ what }) => what !== "open"), "the thread knows of no session");
    assert.equal(wire.bob.closed, "");
    assert.deepEqual(wire.bob.failed, []);
    wire.fake.life.arrive();
    wire.fake.life.slow = false;
    await wire.settle();
  });
  await wire.settle();
  assert.deepEqual(wire.alice.texts, ["first of all", "and a second"]);
  assert.deepEqual(wire.bob.delivered, ["first of all", "and a second"]);
});

Deno.test("who asks for a session that nobody has announced gets 481 when all announcements have been heard", async () => {
  const wire = await ThreadWire.open();
  const stranger = new Client();
  wire.end(stranger, 2, "msrp://198.51.100.66:7000/stranger;tcp");
  wire.fake.life.slow = true;
  stranger.session.start("active", { path: [`msrp://im.example.test:2860/${randomToken(24)};tcp`] });
  stranger.say("let me in");
  await wire.settle();
  assert.equal(stranger.closed, "");
  wire.fake.life.arrive();
  await wire.settle();
  assert.match(stranger.closed, /No such session/);
});

Deno.test("what a broken session of a thread left undelivered is stored here, and its sender is told there", async () => {
  const deferred = new FakeDeferred();
  const wire = await ThreadWire.open(deferred);
  await wire.session();
  wire.fake.life.slow = true;
  wire.cuts[0]();
  await wire.settle();
  // The main thread has not heard yet that bob is gone.
  wire.alice.say("waits");
  await wire.settle();
  assert.deepEqual(wire.alice.failed, []);
  wire.fake.life.slow = false;
  wire.fake.life.arrive();
  wire.alice.say("waits, too");
  await wire.settle();
  assert.deepEqual(deferred.texts, []);
  wire.world.time.advance(16_000);
  await wire.settle();
  const bob = "sip:bob@example.test";
  assert.deepEqual(deferred.texts, [`${bob} waits`, `${bob} waits, too`]);
  assert.deepEqual(wire.alice.delivered, ["waits", "waits, too"]);
  wire.world.time.advance(1_100);
  await wire.settle();
  assert.equal(wire.box.size, 0);
  const { heard } = wire.fake.life;
  assert.deepEqual(heard.filter(({ what }) => what === "kept").map((kept) => "status" in kept && kept.status), [
    200,
    200,
  ]);
});

Deno.test("a thread that dies with something undelivered: it is stored nowhere, and the sender's connection goes with it", async () => {
  const deferred = new FakeDeferred();
  const wire = await ThreadWire.open(deferred);
  await wire.session();
  wire.cuts[0]();
  await wire.settle();
  wire.alice.say("lost with the thread");
  await wire.settle();
  wire.fake.life.fail("out of memory");
  wire.cuts[1]();
  await wire.settle();
  assert.deepEqual(deferred.texts, []);
  assert.notEqual(wire.alice.closed, "");
});

Deno.test("a thread that dies: both sides get BYE with a Reason, it is told and counted, and another one begins", async () => {
  const wire = await ThreadWire.open();
  const told = ends(wire);
  await wire.session();
  wire.alice.say("before");
  await wire.settle();
  wire.world.time.advance(1_100);
  wire.fake.life.fail("out of memory");
  assert.deepEqual(byes(wire), [
    { reason: 'SIP;cause=500;text="MSRP connection lost"' },
    { reason: 'SIP;cause=500;text="MSRP connection lost"' },
  ]);
  assert.deepEqual(told.map(({ why, fromInviter }) => [why, fromInviter.messages]), [["connection lost", 1]]);
  assert.equal(wire.world.sessions.size, 0);
  assert.equal(wire.world.metrics.value("parley_media_thread_ends_total", "running"), 1);
  assert.equal(wire.world.metrics.value("parley_media_threads"), 0);
  assert.deepEqual(wire.fake.errors.map(({ text, fields }) => [text, fields?.reason, fields?.sessions]), [
    ["media thread ended; its sessions end", "out of memory", 1],
  ]);
  // Meanwhile the main thread carries what begins.
  const invited = wire.world.invite(offer());
  accept(wire.world.requests("INVITE").at(-1)!, answer());
  assert.match(mediaOf(invited.last).path[0], /:2855\//);
  wire.world.within(invited, "ACK");
  wire.world.time.advance(1_000);
  await wire.settle();
  assert.equal(wire.fake.lives.length, 2);
  assert.equal(wire.world.metrics.value("parley_media_threads"), 1);
  for (const { session } of [wire.alice, wire.bob]) session.close("again");
  await wire.session();
  wire.bob.say("again");
  await wire.settle();
  assert.deepEqual(wire.alice.texts, ["again"]);
});

Deno.test("one that goes on dying is started more and more seldom, a minute apart at most", async () => {
  const wire = await ThreadWire.open();
  const waits: number[] = [];
  for (let i = 0; i < 9; i++) {
    const lives = wire.fake.lives.length;
    wire.fake.life.fail("again");
    let waited = 0;
    for (; wire.fake.lives.length === lives; waited += 500) wire.world.time.advance(500);
    waits.push(waited / 1000);
    await wire.settle();
  }
  assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
});

Deno.test("a thread that says nothing for 15 seconds is ended, and its sessions with it", async () => {
  const wire = await ThreadWire.open();
  await wire.session();
  wire.world.time.advance(60_000);
  assert.equal(wire.fake.lives.length, 1, "its pulse is enough");
  wire.fake.life.stuck = true;
  wire.world.time.advance(14_000);
  assert.equal(wire.fake.life.terminated, false);
  wire.world.time.advance(2_000);
  assert.equal(wire.fake.lives[0].terminated, true);
  assert.equal(byes(wire).length, 2);
});

Deno.test("sessions with a WebSocket on one side stay on the main thread, both sides of them", async () => {
  const wire = await ThreadWire.open();
  const path = "msrp://198.51.100.9:7654/alice1;ws";
  const invited = wire.world.invite(offer({ path, proto: "TCP/WS/MSRP" }));
  const [sent] = wire.world.requests("INVITE");
  accept(sent, answer());
  assert.match(mediaOf(invited.last).path[0], /:8080\/.*;ws$/);
  assert.match(mediaOf(sent.request).path[0], /:2855\/.*;tcp$/);
  assert.equal(wire.fake.here.size, 2);
});

Deno.test("settings and certificates reach threads, also one that begins later; figures of threads are the box's", async () => {
  const wire = await ThreadWire.open();
  const { threads, life } = wire.fake;
  threads.apply({ ...wire.world.settings, maxMessage: 77 }, "debug");
  threads.setCertificates([]);
  await wire.settle();
  assert.deepEqual(
    life.heard.slice(-2).map((message) => message.what === "settings" ? message.settings.maxMessage : message.what),
    [77, "certificates"],
  );
  let open = 5;
  const seen = life.metrics.labelled("msrp_seen_total", "Seen", "kind");
  life.metrics.gauge("msrp_held", "Held", () => open);
  seen.with("a").add(3);
  wire.world.metrics.labelled("msrp_seen_total", "Seen", "kind").with("a").add(10);
  wire.world.metrics.gauge("msrp_held", "Held", () => 2);
  wire.world.time.advance(1_100);
  assert.equal(wire.world.metrics.value("msrp_seen_total", "a"), 13);
  assert.equal(wire.world.metrics.value("msrp_held"), 7);
  seen.with("b").add(1);
  open = 1;
  wire.world.time.advance(1_000);
  assert.match(wire.world.metrics.render(), /^msrp_seen_total\{kind="b"\} 1$/m);
  assert.match(wire.world.metrics.render(), /^msrp_held 3$/m);
  life.fail("gone");
  assert.equal(wire.world.metrics.value("msrp_held"), 2, "what it held is no more");
  assert.equal(wire.world.metrics.value("msrp_seen_total"), 14, "what it counted stays");
});

Deno.test("a thread that cannot open its doors stops the start, with the address", async () => {
  const wire = await ThreadWire.open();
  wire.fake.cannot = "tcp://192.0.2.9:2860: cannot be opened: Address in use";
  const again = wire.fake.make(wire.world, wire.box);
  await assert.rejects(again.start(), /tcp:\/\/192\.0\.2\.9:2860: cannot be opened/);
});

Deno.test("the end lets threads write what they hold, and waits for a moment only", async () => {
  const wire = await ThreadWire.open();
  let closed = false;
  void wire.fake.threads.close().then(() => closed = true);
  await wire.settle();
  assert.equal(closed, true);
  assert.equal(wire.fake.life.terminated, true);
  const other = await ThreadWire.open();
  other.fake.deafToEnd = true;
  closed = false;
  void other.fake.threads.close().then(() => closed = true);
  await other.settle();
  assert.equal(closed, false);
  other.world.time.advance(1_600);
  await other.settle();
  assert.equal(closed, true);
  assert.equal(other.fake.lives.length, 1, "none is started again");
});

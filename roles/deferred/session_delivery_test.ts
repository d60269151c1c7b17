import assert from "node:assert/strict";
import fc from "fast-check";
import { utf8 } from "../../foundation/mod.ts";
import {
  cpimDateTime,
  cpimFrom,
  cpimTo,
  imdnHeaders,
  notificationFor,
  parseCpim,
} from "../../transport/payload/mod.ts";
import { MemoryStore } from "./testing/memory_store.ts";
import { ALICE, BOB, DeviceEnd, mediaOf, PushWorld } from "./testing/push_world.ts";

const PHONE = { instance: "<urn:uuid:phone>" };
const DESK = { instance: "<urn:uuid:desk>" };
const decoder = new TextDecoder();

function cpimOf(text: string, from = ALICE, more = "DateTime: 2025-01-01T00:00:00Z\r\n"): Uint8Array {
  return utf8(
    `From: Alice <${from}>\r\nTo: <${BOB}>\r\n${more}NS: imdn <urn:ietf:params:imdn>\r\nimdn.Message-ID: i-${text}\r\n` +
      `imdn.Disposition-Notification: positive-delivery\r\n\r\nContent-Type: text/plain\r\n\r\n${text}`,
  );
}

const CPIM = `From: <${ALICE}>\r\nTo: <${BOB}>\r\nP-Asserted-Identity: <${ALICE}>\r\nContent-Type: message/cpim\r\n`;

Deno.test("what cannot go as MESSAGE goes in one session with all that follows it, in order, and then BYE", async () => {
  const world = new PushWorld();
  await world.stored({ text: "short", mode: "pager" });
  await world.stored({ text: "chat 1" });
  await world.stored({ text: "short again", mode: "pager" });
  await world.stored({ text: "chat 2" });
  world.register();
  await world.pass(200);
  assert.deepEqual(world.sent.map(({ method }) => method), ["MESSAGE"]);
  world.sent[0].answer(200);
  await world.quiet();
  const invite = world.last("INVITE");
  assert.equal(invite.request.from.uriText, "sip:deferred@example.test");
  assert.equal(invite.request.get("P-Asserted-Identity"), "<sip:deferred@example.test>");
  assert.match(invite.request.get("Contact")!, /\+g\.oma\.sip-im/);
  assert.match(invite.request.get("Accept-Contact")!, /\+g\.oma\.sip-im/);
  assert.deepEqual(mediaOf(invite.request).acceptTypes, ["message/cpim"]);
  const end = await world.take(invite);
  assert.deepEqual(end.texts, ["chat 1", "short again", "chat 2"]);
  assert.equal(world.store.count, 0);
  assert.equal(world.requests("BYE").length, 1);
  assert.deepEqual(world.told, ["delivered 1 ", "delivered 2 ", "delivered 3 ", "delivered 4 "]);
  assert.equal(world.delivery.waiting(BOB), null);
});

Deno.test("each message has its own sender, recipient, time and Message-ID in its wrapper", async () => {
  const world = new PushWorld();
  const carol = "sip:carol@other.test";
  await world.stored({
    text: "plain",
    messageId: "abcd1234",
    headers: `From: "Carol \xc3\x9f" <${carol}>\r\nTo: "Bob" <${BOB}>\r\nP-Asserted-Identity: <${carol}>\r\n` +
      "Subject: caf\xc3\xa9\r\nDate: Sat, 13 Nov 2010 23:29:00 GMT\r\nContent-Type: text/plain;charset=UTF-8\r\n",
  });
  await world.stored({ headers: CPIM, body: cpimOf("wrapped"), messageId: "abcd1234" });
  world.time.jump(3 * 86_400_000 / 4);
  world.register();
  await world.pass(200);
  const end = await world.take(world.last("INVITE"));
  const [plain, wrapped] = end.bodies.map((body) => parseCpim(body));
  assert.deepEqual(cpimFrom(plain), { name: "Carol ß", uri: carol });
  assert.deepEqual(cpimTo(plain), [{ name: "Bob", uri: BOB }]);
  assert.equal(cpimDateTime(plain), "2010-11-13T23:29:00.000Z");
  assert.match(decoder.decode(end.bodies[0]), /\r\nSubject: café\r\n/);
  assert.equal(imdnHeaders(plain).messageId, "abcd1234");
  assert.deepEqual(end.bodies[1], cpimOf("wrapped"), "what came wrapped is as it was");
  assert.equal(imdnHeaders(wrapped).messageId, "i-wrapped");
  assert.equal(end.ids[0], "abcd1234");
  assert.notEqual(end.ids[1], "abcd1234", "a fresh one where two senders used the same");
});

Deno.test("a sender cannot write another name into the wrapper; a time is added where there is none", async () => {
  const world = new PushWorld();
  await world.stored({ headers: CPIM, body: cpimOf("one", "sip:boss@example.test", "") });
  await world.stored({
    headers: CPIM.replace(`P-Asserted-Identity: <${ALICE}>`, `P-Asserted-Identity: <${ALICE}>, <tel:+15550001>`),
    body: cpimOf("two", "tel:+15550001"),
  });
  await world.stored({
    headers: `From: "Anonymous" <sip:anonymous@anonymous.invalid>\r\nTo: <${BOB}>\r\nContent-Type: message/cpim\r\n`,
    body: cpimOf("three", "sip:boss@example.test"),
  });
  world.register();
  await world.pass(200);
  const end = await world.take(world.last("INVITE"));
  const froms = end.bodies.map((body) => cpimFrom(parseCpim(body))?.uri);
  assert.deepEqual(froms, [ALICE, "tel:+15550001", "sip:anonymous@anonymous.invalid"]);
  assert.equal(cpimDateTime(parseCpim(end.bodies[0])), new Date(1_767_225_600_000).toISOString());
  assert.deepEqual(end.texts, ["one", "two", "three"]);
});

Deno.test("several are in flight, and no more than the window; what comes meanwhile goes through the same session", async () => {
  const world = new PushWorld();
  for (let i = 0; i < 100; i++) await world.stored({ text: `m${i}` });
  world.register();
  await world.pass(200);
  const invite = world.last("INVITE");
  const end = await world.take(invite, { connects: false });
  assert.equal(world.store.reads, 64, "read ahead, and no further");
  await world.stored({ text: "late" });
  end.session.start("active", { path: mediaOf(invite.request).path });
  await world.quiet();
  await world.quiet();
  assert.deepEqual(end.texts, [...Array.from({ length: 100 }, (_, i) => `m${i}`), "late"]);
  assert.equal(world.store.count, 0);
  assert.equal(world.requests("INVITE").length, 1);
});

Deno.test("bodies read ahead are bounded in octets", async () => {
  const world = new PushWorld();
  for (let i = 0; i < 20; i++) await world.stored({ body: new Uint8Array(60_000).fill(65) });
  world.register();
  await world.pass(200);
  await world.take(world.last("INVITE"), { connects: false });
  assert.ok(world.store.reads <= 6, `${world.store.reads} reads`);
});

Deno.test("a large content is streamed, and nothing overtakes it", async () => {
  const world = new PushWorld();
  const octets = new Uint8Array(500_000).map((_, i) => i * 7);
  await world.stored({ text: "before" });
  await world.stored({ mode: "large", body: new Uint8Array(0), content: world.contents.add(octets) });
  await world.stored({ text: "behind" });
  const head = cpimOf("", "sip:boss@example.test");
  const wrapped = new Uint8Array(head.length + 300_000).fill(66);
  wrapped.set(head);
  await world.stored({
    mode: "large",
    headers: CPIM,
    body: new Uint8Array(0),
    content: world.contents.add(wrapped),
    messageId: "large-two",
  });
  world.register();
  await world.pass(200);
  const end = await world.take(world.last("INVITE"), { whole: 20_000 });
  for (let i = 0; i < 20; i++) await world.quiet();
  const bodies = end.bodies.map((body) => parseCpim(body));
  assert.deepEqual(bodies.map(({ body }) => body.length), [6, 500_000, 6, 300_000]);
  assert.deepEqual(bodies[1].body, octets);
  assert.equal(cpimFrom(bodies[3])?.uri, ALICE, "the From of a streamed one is looked at, too");
  assert.equal(bodies[3].body.every((octet) => octet === 66), true);
  assert.equal(world.store.count, 0);
});

Deno.test("a content that is damaged is in nobody's way", async () => {
  const world = new PushWorld();
  await world.stored({ mode: "large", body: new Uint8Array(0), content: world.contents.add(new Uint8Array(200_000)) });
  await world.stored({ text: "behind" });
  world.contents.damagedFrom = 130_000;
  world.register();
  await world.pass(200);
  const end = await world.take(world.last("INVITE"), { whole: 20_000 });
  await world.quiet();
  assert.deepEqual(end.texts, ["behind"]);
  assert.equal(world.store.count, 1);
  assert.equal(world.requests("BYE").length, 1);
});

Deno.test("a device that takes no sessions gets what fits as MESSAGE; what does not is kept for one that does", async (t) => {
  for (const status of [405, 415, 488, 501, 606, 603]) {
    await t.step(String(status), async () => {
      const world = new PushWorld();
      await world.stored({ headers: CPIM, body: cpimOf("chat") });
      await world.stored({ body: new Uint8Array(5_000).fill(65) });
      await world.stored({ text: "short", mode: "pager" });
      world.register();
      await world.pass(200);
      world.last("INVITE").answer(status);
      await world.quiet();
      assert.equal(world.last("MESSAGE").request.get("Content-Type"), "message/cpim");
      assert.deepEqual(world.last("MESSAGE").request.body, cpimOf("chat"));
      world.last("MESSAGE").answer(200);
      await world.quiet();
      assert.equal(decoder.decode(world.last("MESSAGE").request.body), "short");
      world.last("MESSAGE").answer(200);
      await world.quiet();
      assert.equal(world.store.count, 1);
      assert.equal(world.delivery.waiting(BOB), null, "it holds up nothing new");
      assert.equal(world.requests("INVITE").length, 1);
      world.register("203.0.113.2");
      await world.pass(200);
      const end = await world.take(world.last("INVITE"));
      assert.equal(parseCpim(end.bodies[0]).body.length, 5_000);
      assert.equal(world.store.count, 0);
    });
  }
});

Deno.test("an answer that does not take message/cpim counts as no sessions", async () => {
  const world = new PushWorld();
  await world.stored({ text: "chat" });
  world.register();
  await world.pass(200);
  await world.take(world.last("INVITE"), { types: "text/plain" });
  assert.equal(world.requests("BYE").length, 1);
  assert.equal(decoder.decode(world.last("MESSAGE").request.body), "chat");
});

Deno.test("a plain client that says 415 to a wrapper gets the content without it, and that is told", async () => {
  const world = new PushWorld();
  await world.stored({ headers: CPIM, body: cpimOf("chat") });
  world.register();
  await world.pass(200);
  world.last("INVITE").answer(488);
  await world.quiet();
  world.last("MESSAGE").answer(415);
  await world.quiet();
  const { request } = world.last("MESSAGE");
  assert.equal(request.get("Content-Type"), "text/plain");
  assert.equal(request.getAll("Content-Type").length, 1);
  assert.equal(decoder.decode(request.body), "chat");
  let original: Uint8Array | null = null;
  world.events.on("deferredUnwrapped", ({ message }) => original = message.body);
  world.last("MESSAGE").answer(200);
  await world.quiet();
  assert.equal(world.store.count, 0);
  assert.deepEqual(world.told, ["delivered 1 ", "unwrapped 1"]);
  assert.deepEqual(original, cpimOf("chat"));
});

Deno.test("a message that the device refuses is passed over, and the others go on", async () => {
  const world = new PushWorld();
  for (const text of ["one", "odd", "three"]) await world.stored({ text });
  world.register();
  await world.pass(200);
  const end = new DeviceEnd();
  let odd = 0;
  end.answers = (count) => count === 1 && odd++ === 0 ? 415 : 200;
  await world.take(world.last("INVITE"), { end });
  assert.deepEqual(end.texts, ["one", "three"]);
  assert.deepEqual(world.told, ["delivered 1 ", "refused 2 415", "delivered 3 "]);
  assert.equal(world.store.count, 1);
  assert.equal(world.delivery.waiting(BOB), null);
});

Deno.test("what the device's answer does not take, by type or size, is not sent to it", async () => {
  const world = new PushWorld();
  await world.stored({ text: "x".repeat(3_000) });
  await world.stored({ headers: CPIM.replace("message/cpim", "image/png"), text: "picture" });
  await world.stored({ text: "fine" });
  world.register();
  await world.pass(200);
  const end = await world.take(world.last("INVITE"), { wrapped: "text/plain", more: ["a=max-size:2000"] });
  assert.deepEqual(end.texts, ["fine"]);
  assert.deepEqual(world.told, ["refused 1 413", "refused 2 415", "delivered 3 "]);
});

Deno.test("a connection that breaks: what was confirmed never comes again, the rest does, with the same Message-ID", async () => {
  const world = new PushWorld();
  // So long that they do not all leave at once.
  const texts = Array.from({ length: 10 }, (_, i) => `m${i}`.padEnd(15_000));
  for (const text of texts) await world.stored({ text });
  world.register();
  await world.pass(200);
  const end = new DeviceEnd();
  const cut = end.answers;
  end.answers = (count) => {
    if (count === 7) { for (const each of world.cuts) each(); }
    return cut(count);
  };
  await world.take(world.last("INVITE"), { end });
  await world.quiet();
  assert.equal(world.requests("BYE").length, 1);
  const left = world.store.count;
  assert.ok(left > 0 && left < 10, `${left} left`);
  world.register();
  await world.pass(200);
  const again = await world.take(world.last("INVITE"));
  assert.equal(again.bodies.length, left);
  assert.equal(world.store.count, 0);
  const all = [...end.texts.slice(0, 10 - left), ...again.texts];
  assert.deepEqual(all, texts);
  // What the device had and could not confirm is known by its id.
  for (const [i, id] of end.ids.entries()) if (i >= 10 - left) assert.equal(again.ids[i - 10 + left], id);
});

Deno.test("a device that takes the INVITE and then no octets is silent: what waits stays, and it is tried again later", async () => {
  const world = new PushWorld();
  await world.stored({ text: "one" });
  world.register();
  await world.pass(200);
  await world.take(world.last("INVITE"), { connects: false });
  assert.notEqual(world.delivery.waiting(BOB), null);
  await world.pass(36_000);
  assert.equal(world.requests("BYE").length, 1);
  assert.equal(world.store.count, 1);
  assert.equal(world.requests("INVITE").length, 1);
  await world.pass(31_000);
  const end = await world.take(world.requests("INVITE")[1]);
  assert.deepEqual(end.texts, ["one"]);
});

Deno.test("a device that is busy or does not answer gets it later", async (t) => {
  for (const answer of [486, 480, 503, "nothing"] as const) {
    await t.step(String(answer), async () => {
      const world = new PushWorld();
      await world.stored({ text: "one" });
      world.register();
      await world.pass(200);
      if (answer === "nothing") await world.pass(31_000);
      else world.last("INVITE").answer(answer);
      await world.quiet();
      assert.equal(world.requests("MESSAGE").length, 0);
      await world.pass(31_000);
      assert.equal(world.requests("INVITE").length, 2);
      await world.take(world.last("INVITE"));
      assert.equal(world.store.count, 0);
    });
  }
});

Deno.test("the device leaves in the middle: what is not confirmed stays", async () => {
  const world = new PushWorld();
  await world.stored({ text: "one" });
  world.register();
  await world.pass(200);
  const invite = world.last("INVITE");
  await world.take(invite, { connects: false });
  assert.deepEqual(world.leave(invite).statuses, [200]);
  await world.quiet();
  assert.equal(world.store.count, 1);
});

Deno.test("all devices ring, the first that takes it has it", async () => {
  const world = new PushWorld();
  await world.stored({ text: "one" });
  world.register("203.0.113.1", PHONE);
  world.register("203.0.113.2", DESK);
  await world.pass(200);
  assert.equal(world.requests("INVITE").length, 2);
  const [phone, desk] = world.requests("INVITE");
  desk.answer(180);
  await world.take(phone);
  assert.equal(desk.cancelled, true);
  assert.deepEqual(world.told, [`delivered 1 ${PHONE.instance}`]);
  assert.equal(world.store.count, 0);
});

Deno.test("notifications that the device sends in the session go on; anything else it is refused", async () => {
  const world = new PushWorld();
  await world.stored({ headers: CPIM, body: cpimOf("hello") });
  world.register();
  await world.pass(200);
  const end = await world.take(world.last("INVITE"));
  assert.equal(world.store.count, 0);
  assert.equal(world.delivery.waiting(BOB), null, "new messages need not wait for the end of it");
  assert.equal(world.requests("BYE").length, 0, "there is time for the notification that was asked for");
  const statuses: (string | number)[] = [];
  const user = {
    onSent: () => statuses.push("sent"),
    onDelivered: () => statuses.push("delivered"),
    onFailed: (_m: unknown, status: number) => statuses.push(status),
  };
  const notification = notificationFor(parseCpim(end.bodies[0]), { kind: "delivery", status: "delivered" }, {
    now: 0,
  })!;
  end.session.send({ contentType: "message/cpim", body: notification.body, successReport: true, user });
  await world.quiet();
  assert.equal(world.onward.length, 1);
  assert.equal(world.onward[0].user, BOB);
  assert.equal(world.onward[0].text, decoder.decode(notification.body));
  world.onward[0].done(202);
  end.session.send({ contentType: "message/cpim", body: cpimOf("chatty"), user });
  end.session.send({ contentType: "message/cpim", body: utf8("nonsense"), user });
  await world.quiet();
  assert.deepEqual(statuses, ["sent", "delivered", 403, 400]);
  assert.equal(world.onward.length, 1);
  await world.pass(1_500);
  assert.equal(world.requests("BYE").length, 1);
});

Deno.test("who wishes to be told only is pushed nothing, and new messages do not wait behind what waits", async () => {
  let wish: "push" | "notify" = "notify";
  const world = new PushWorld({ wishes: () => wish });
  await world.stored({ text: "one" });
  await world.stored({ text: "two", mode: "pager" });
  world.register();
  await world.pass(1_000);
  assert.equal(world.sent.length, 0);
  assert.equal(world.delivery.waiting(BOB), null);
  wish = "push";
  world.delivery.kick(BOB);
  await world.quiet();
  const end = await world.take(world.last("INVITE"));
  assert.deepEqual(end.texts, ["one", "two"]);
});

Deno.test("what the recipient's rules do not let through stays, and holds up nobody in the session", async () => {
  const blocked = "sip:mallory@example.test";
  let open = false;
  const world = new PushWorld({ admits: ({ sender }) => open || sender !== blocked });
  await world.stored({ text: "one" });
  await world.stored({ text: "not this", sender: blocked });
  await world.stored({ text: "three" });
  world.register();
  await world.pass(200);
  const end = await world.take(world.last("INVITE"));
  assert.deepEqual(end.texts, ["one", "three"]);
  assert.equal(world.store.count, 1);
  open = true;
  world.delivery.reconsider(BOB);
  await world.quiet();
  assert.deepEqual((await world.take(world.last("INVITE"))).texts, ["not this"]);
});

Deno.test("a bar that comes in the middle stops the session's supply", async () => {
  let barred = false;
  const world = new PushWorld({ mayReceive: () => !barred });
  for (let i = 0; i < 100; i++) await world.stored({ text: `m${i}` });
  world.register();
  await world.pass(200);
  const end = new DeviceEnd();
  end.answers = (count) => {
    if (count === 10) barred = true;
    return 200;
  };
  await world.take(world.last("INVITE"), { end });
  await world.quiet();
  assert.ok(end.bodies.length >= 32 && end.bodies.length < 80, `${end.bodies.length}`);
  assert.equal(world.store.count, 100 - end.bodies.length);
  assert.equal(world.requests("BYE").length, 1);
});

Deno.test("stopping leaves the session, and keeps what is not confirmed", async () => {
  const world = new PushWorld();
  await world.stored({ text: "one" });
  world.register();
  await world.pass(200);
  await world.take(world.last("INVITE"), { connects: false });
  world.delivery.stop();
  await world.pass(60_000);
  assert.equal(world.store.count, 1);
  assert.equal(world.board.size, 0);
  assert.equal(world.requests("BYE").length, 1);
});

Deno.test("without any MSRP door what fits goes as MESSAGE", async () => {
  const world = new PushWorld({ doors: [] });
  await world.stored({ text: "chat" });
  world.register();
  await world.pass(200);
  assert.equal(decoder.decode(world.last("MESSAGE").request.body), "chat");
});

Deno.test("cut wherever it is, each message is there once, in order, and nothing confirmed comes again", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 1, maxLength: 12 }),
      fc.array(fc.nat(12), { maxLength: 3 }),
      async (sizes, cuts) => {
        const world = new PushWorld();
        const texts = sizes.map((size, i) => `${i} `.padEnd(size + 4, "x"));
        for (const text of texts) await world.stored({ text });
        const seen = new Map<string, string>();
        for (let round = 0; world.store.count > 0; round++) {
          assert.ok(round <= cuts.length, "it comes to an end");
          const waiting = new Set([...world.store.messages.values()].map(({ body }) => decoder.decode(body)));
          world.register();
          await world.pass(200);
          const end = new DeviceEnd();
          let came = 0;
          end.answers = () => {
            if (came++ === cuts[round]) { for (const cut of world.cuts.splice(0)) cut(); }
            return 200;
          };
          await world.take(world.last("INVITE"), { end });
          for (let i = 0; i < 4; i++) await world.quiet();
          for (const [i, text] of end.texts.entries()) {
            assert.ok(waiting.has(text), "confirmed is confirmed");
            seen.set(end.ids[i], text);
          }
          if (cuts[round] === undefined) assert.equal(world.store.count, 0);
        }
        assert.deepEqual([...seen.values()], texts);
      },
    ),
    { numRuns: 40 },
  );
});

Deno.test("after a kill it begins anew with what was not removed, under the same Message-IDs", async () => {
  const before = new PushWorld();
  for (const text of ["one", "two"]) await before.stored({ text });
  before.store.manual = true;
  before.register();
  await before.pass(200);
  const first = await before.take(before.last("INVITE"));
  assert.equal(first.bodies.length, 2);
  // The removals were never committed.
  const memory = new MemoryStore();
  for (const [id, message] of before.store.messages) memory.messages.set(id, message);
  const after = new PushWorld({ memory });
  after.register();
  after.delivery.start();
  await after.pass(200);
  const second = await after.take(after.last("INVITE"));
  assert.deepEqual(second.ids, first.ids);
  assert.deepEqual(second.texts, first.texts);
});

Deno.test("a device may refresh the session as it is, and change nothing", async () => {
  const world = new PushWorld();
  await world.stored({ text: "one" });
  world.register();
  await world.pass(200);
  const invite = world.last("INVITE");
  await world.take(invite, { connects: false });
  const again = (description: string) => world.inside(invite, "INVITE", description).statuses.at(-1);
  assert.equal(again(world.answered), 200);
  assert.equal(again(world.answered.replace("a=path:msrp://203.0.113.1", "a=path:msrp://203.0.113.9")), 488);
  assert.equal(world.inside(invite, "MESSAGE", "").statuses.at(-1), 405);
});

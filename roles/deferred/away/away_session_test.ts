import assert from "node:assert/strict";
import { Metrics, utf8 } from "../../../foundation/mod.ts";
import type { DeferredMessage } from "../../../storage/mod.ts";
import { type IncomingMessage, LATER } from "../../../transport/msrp/session/mod.ts";
import { cpimFrom, imdnNamespace, imdnRequest, parseCpim, writeCpim } from "../../../transport/payload/mod.ts";
import type { Sent } from "../../sip_core/testing/core_world.ts";
import { DeliveryNotes } from "../delivery_notes.ts";
import { ALICE, DeviceEnd, PushWorld } from "../testing/push_world.ts";
import { DEFAULT_PUSH_SETTINGS } from "../../session_media/mod.ts";
import { fileLines } from "../intake/file_lines.ts";
import { AwayDelivery, type AwayParts } from "./away_delivery.ts";
import { DEFAULT_AWAY } from "./away_settings.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const ZOE = "sip:zoe@other.test";
const CAROL = "sip:carol@example.test";
const MINUTE = 60_000;

class World extends PushWorld {
  readonly away: AwayDelivery;
  readonly unsent: string[] = [];
  readonly notices: { readonly to: string; readonly from: string }[] = [];

  constructor() {
    super();
    const parts: AwayParts = {
      services: this.services,
      store: this.store,
      events: this.events,
      notes: new DeliveryNotes(this.events, new Metrics(), () => this.time.now()),
      push: {
        services: this.services,
        calls: this.calls,
        node: this.board,
        contents: this.contents,
        settings: DEFAULT_PUSH_SETTINGS,
        ownFingerprint: () => null,
        hostFor: () => "",
      },
      settings: DEFAULT_AWAY,
      metrics: this.metrics,
      trusts: () => false,
      failed: ({ transaction }) => this.unsent.push(transaction),
      notified: ({ to, from }, done) => {
        this.notices.push({ to, from });
        done(202);
      },
    };
    this.away = new AwayDelivery(parts);
  }

  async keep(text: string, facts: Partial<DeferredMessage> = {}): Promise<void> {
    const sender = facts.sender ?? ALICE;
    const headers = `From: <${sender}>\r\nTo: <${ZOE}>\r\nP-Asserted-Identity: <${sender}>\r\n` +
      `Content-Type: text/plain;charset=UTF-8\r\n`;
    await this.stored({ text, recipient: ZOE, transaction: text, headers, ...facts });
  }

  /** Minutes pass. */
  async wait(minutes: number): Promise<void> {
    for (let left = minutes * MINUTE; left > 0; left -= 10_000) {
      this.time.advance(10_000);
      await this.quiet();
    }
  }

  /** The first attempt begins. */
  async begins(): Promise<Sent> {
    await this.wait(1);
    await this.pass(500);
    return this.last("INVITE");
  }
}

Deno.test(
  "what a session left behind goes out in one session in its sender's own name, oldest first, and is removed",
  options,
  async () => {
    const world = new World();
    for (const text of ["one", "two", "three"]) await world.keep(text);
    assert.equal(world.requests("INVITE").length, 0, "not at once");
    const invite = await world.begins();
    assert.equal(invite.request.uri, ZOE);
    assert.equal(invite.request.from.uriText, ALICE);
    assert.equal(invite.request.to.uriText, ZOE);
    assert.ok(!invite.request.has("P-Asserted-Identity"));
    const end = await world.take(invite);
    assert.deepEqual(end.texts, ["one", "two", "three"]);
    assert.deepEqual(end.bodies.map((body) => cpimFrom(parseCpim(body))?.uri), [ALICE, ALICE, ALICE]);
    await world.pass(2_000);
    assert.equal(world.store.count, 0);
    assert.equal(world.requests("BYE").length, 1);
    assert.equal(world.told.length, 3);
    await world.wait(10);
    assert.equal(world.requests("INVITE").length, 1);
  },
);

Deno.test("of two senders each has a session of its own; what goes by MESSAGE keeps its turn", options, async () => {
  const world = new World();
  await world.keep("a1");
  await world.keep("c1", { sender: CAROL });
  await world.keep("a2");
  await world.keep("note", { mode: "pager" });
  await world.keep("a3");
  const first = await world.begins();
  assert.deepEqual((await world.take(first)).texts, ["a1", "a2"]);
  await world.pass(1_000);
  const second = world.last("INVITE");
  assert.equal(second.request.from.uriText, CAROL);
  assert.deepEqual((await world.take(second)).texts, ["c1"]);
  await world.pass(1_000);
  const note = world.last("MESSAGE");
  assert.equal(new TextDecoder().decode(note.request.body), "note");
  assert.equal(world.requests("INVITE").length, 2);
  note.answer(202);
  await world.pass(1_000);
  assert.deepEqual((await world.take(world.last("INVITE"))).texts, ["a3"]);
  await world.pass(2_000);
  assert.equal(world.store.count, 0);
});

Deno.test(
  "nobody there, busy, or no answer: another time; refused for good: its sender is told, and the next has its turn",
  options,
  async () => {
    const world = new World();
    await world.keep("one");
    await world.keep("two", { sender: CAROL });
    (await world.begins()).answer(480);
    await world.quiet();
    assert.equal(world.store.count, 2);
    await world.wait(2);
    await world.pass(500);
    world.last("INVITE").answer(486);
    await world.quiet();
    assert.equal(world.store.count, 2);
    await world.wait(4);
    await world.pass(500);
    assert.equal(world.requests("INVITE").length, 3);
    world.last("INVITE").answer(603);
    await world.quiet();
    assert.deepEqual(world.unsent, ["one"]);
    assert.equal(world.last("INVITE").request.from.uriText, CAROL);
    assert.deepEqual((await world.take(world.last("INVITE"))).texts, ["two"]);
  },
);

Deno.test(
  "a session that breaks keeps what was not confirmed; a message that the other side refuses in it has failed",
  options,
  async () => {
    const world = new World();
    for (const text of ["one", "two", "three"]) await world.keep(text);
    const invite = await world.begins();
    await world.take(invite, { more: ["a=max-size:400"] });
    await world.pass(2_000);
    assert.equal(world.store.count, 0);
    await world.keep("x".repeat(1_000), { transaction: "long" });
    await world.keep("short");
    const second = await world.begins();
    await world.take(second, { more: ["a=max-size:400"] });
    await world.pass(1_000);
    assert.deepEqual(world.unsent, ["long"]);
    await world.keep("last");
    await world.wait(1);
    const third = world.last("INVITE");
    await world.take(third, { connects: false });
    world.leave(third);
    await world.pass(1_000);
    assert.equal(world.store.count, 1, "it waits on");
  },
);

Deno.test("a notification that the recipient gives us in the session goes to the sender", options, async () => {
  const world = new World();
  const asking = writeCpim({
    from: { name: "", uri: ALICE },
    to: [{ name: "", uri: ZOE }],
    namespaces: [imdnNamespace],
    extensions: imdnRequest("m1", ["positive-delivery"]),
    contentHeaders: [["Content-Type", "text/plain"]],
  }, utf8("one"));
  const headers = `From: <${ALICE}>\r\nTo: <${ZOE}>\r\nContent-Type: message/cpim\r\n`;
  await world.keep("one", { body: asking, headers });
  const end = await world.take(await world.begins());
  const body = writeCpim({
    from: { name: "", uri: ZOE },
    to: [{ name: "", uri: "sip:somebody@else.test" }],
    namespaces: [imdnNamespace],
    extensions: imdnRequest("n1", []),
    contentHeaders: [["Content-Type", "message/imdn+xml"], ["Content-Disposition", "notification"]],
  }, utf8("<imdn/>"));
  end.session.send({ contentType: "message/cpim", body });
  await world.quiet();
  assert.deepEqual(world.notices, [{ to: ALICE, from: ZOE }]);
});

Deno.test(
  "a file goes by itself, as its sender offered it, without what we assert of the sender",
  options,
  async () => {
    const world = new World();
    const lines = fileLines({ selector: { name: "a.png", type: "image/png", size: 5, hashes: [] } });
    const headers =
      `From: "Alice" <${ALICE}>\r\nTo: <${ZOE}>\r\nP-Asserted-Identity: <${ALICE}>\r\nContent-Type: image/png\r\n`;
    await world.keep("octet", { mode: "file", headers: headers + lines });
    const invite = await world.begins();
    assert.match(new TextDecoder().decode(invite.request.body), /a=file-selector:[^\r\n]*name:"a\.png"/);
    assert.ok(!invite.request.has("P-Asserted-Identity"));
    const end = await world.take(invite, { types: "image/png", wrapped: "" });
    assert.deepEqual(end.bodies.map((body) => new TextDecoder().decode(body)), ["octet"]);
    await world.pass(1_000);
    assert.equal(world.store.count, 0);
    await world.keep("again", { mode: "file", headers: headers + lines });
    (await world.begins()).answer(488);
    await world.quiet();
    assert.deepEqual(world.unsent, ["again"]);
  },
);

Deno.test("whom we assert is not in the wrapper either: the sender is who says so", options, async () => {
  const world = new World();
  const headers = `From: "A." <sip:a.lias@example.test>\r\nTo: <${ZOE}>\r\n` +
    `P-Asserted-Identity: <${ALICE}>, <tel:+15550100>\r\nContent-Type: text/plain\r\n`;
  await world.keep("one", { headers });
  const end = await world.take(await world.begins());
  assert.equal(cpimFrom(parseCpim(end.bodies[0]))?.uri, "sip:a.lias@example.test");
});

Deno.test("a stop in order waits for what is on its way to another domain: nothing comes twice", options, async () => {
  const world = new World();
  for (let i = 0; i < 100; i++) await world.keep(`${i}`);
  const end = new DeviceEnd();
  let stopped = false;
  end.answers = (count) => {
    if (count === 10) world.away.stop().then(() => stopped = true);
    return 200;
  };
  await world.take(await world.begins(), { end });
  await world.pass(1_000);
  assert.equal(stopped, true);
  assert.ok(end.bodies.length > 10 && end.bodies.length < 100, `${end.bodies.length}`);
  assert.equal(world.store.count, 100 - end.bodies.length);
  assert.equal(world.requests("BYE").length, 1);
});

Deno.test("after the stop a session under way is left, and what is not confirmed stays", options, async () => {
  const world = new World();
  await world.keep("one");
  const invite = await world.begins();
  world.away.stop();
  invite.answer(180);
  await world.wait(10);
  assert.equal(world.store.count, 1);
  assert.equal(world.requests("INVITE").length, 1);
});

Deno.test(
  "another domain's server takes what its device may never have: nothing is delivered, and nobody hangs up, before the device says so",
  options,
  async () => {
    const world = new World();
    await world.keep("a story", { mode: "large" });
    const end = new DeviceEnd(), held: IncomingMessage[] = [];
    end.onMessage = (message) => {
      held.push(message);
      return LATER;
    };
    const invite = await world.begins();
    await world.take(invite, { end });
    await world.pass(5_000);
    assert.deepEqual([held.length, world.store.count, world.requests("BYE").length], [1, 1, 0]);
    held[0].report(200);
    await world.pass(1_000);
    assert.deepEqual([world.store.count, world.requests("BYE").length], [0, 1]);
    // Its connection breaks after their 200: it goes out once more, under the same name.
    await world.keep("another", { mode: "large" });
    const second = await world.begins();
    await world.take(second, { end });
    world.leave(second);
    await world.pass(1_000);
    assert.equal(world.store.count, 1);
    await world.wait(2);
    await world.pass(500);
    await world.take(world.last("INVITE"), { end });
    await world.pass(500);
    assert.equal(held.length, 3);
    assert.equal(held[2].messageId, held[1].messageId);
  },
);

Deno.test(
  "each large message has a session of its own in Large Message Mode, in which nothing is received",
  options,
  async () => {
    const world = new World();
    await world.keep("chat");
    await world.keep("first story", { mode: "large" });
    await world.keep("second story", { mode: "large" });
    const chat = await world.begins();
    assert.ok(!/large-message/.test(chat.request.get("Contact")!));
    assert.deepEqual((await world.take(chat)).texts, ["chat"]);
    for (const text of ["first story", "second story"]) {
      await world.pass(1_000);
      const invite = world.last("INVITE");
      assert.match(invite.request.get("Contact")!, /\+g\.oma\.sip-im\.large-message/);
      assert.match(new TextDecoder().decode(invite.request.body), /\r\na=sendonly\r\n/);
      assert.deepEqual((await world.take(invite)).texts, [text]);
    }
    await world.pass(2_000);
    assert.equal(world.store.count, 0);
    assert.equal(world.requests("INVITE").length, 3);
  },
);

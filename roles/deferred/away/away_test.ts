import assert from "node:assert/strict";
import { Metrics } from "../../../foundation/mod.ts";
import type { DeferredMessage } from "../../../storage/mod.ts";
import { imdnNamespace, imdnRequest, writeCpim } from "../../../transport/payload/mod.ts";
import { PagerWorld, settle, textOf } from "../../participating/testing/pager_world.ts";
import { chain, Exchange, type Handler, proxy } from "../../sip_core/mod.ts";
import type { Received, Sent } from "../../sip_core/testing/core_world.ts";
import { DeliveryNotes } from "../delivery_notes.ts";
import type { PushDeps } from "../../session_media/mod.ts";
import { AwayDelivery } from "./away_delivery.ts";
import { awayElement } from "./away_element.ts";
import { storesForOthers } from "./placement.ts";
import { AwayPush } from "./away_push.ts";
import { DEFAULT_AWAY } from "./away_settings.ts";

const ALICE = "sip:alice@example.test";
const ZOE = "sip:zoe@other.test";
const MINUTE = 60_000;
/** No session is begun in these tests. */
const NO_PUSH = {} as PushDeps;

class World extends PagerWorld {
  readonly settings = { ...DEFAULT_AWAY };
  readonly told: string[] = [];
  readonly away: AwayDelivery;
  readonly #row: Handler;
  trusted = false;
  #calls = 0;

  constructor() {
    super();
    this.names.set("other.test", [{ transport: "tcp", host: "198.51.100.77", port: 5060, tlsName: "" }]);
    const { services, settings } = this;
    this.away = new AwayDelivery({
      services,
      store: this.store,
      events: this.deferredEvents,
      notes: new DeliveryNotes(this.deferredEvents, new Metrics(), () => this.time.now()),
      push: NO_PUSH,
      settings,
      metrics: this.metrics,
      trusts: () => this.trusted,
      failed: ({ transaction }) => this.told.push(transaction),
      notified: (_notice, done) => done(200),
    });
    const row = { services, keeper: this.deferred, away: this.away, settings, pager: { answerWithin_ms: 8_000 } };
    this.#row = chain([awayElement(row)], proxy(services));
  }

  /** A MESSAGE of alice's, past all rows up to this one. */
  send(body: string, facts: { to?: string; type?: string; from?: string; headers?: string } = {}): Received {
    const { to = ZOE, type = "message/cpim", from = ALICE, headers = "" } = facts;
    const call = `call${++this.#calls}`;
    const received = this.receive({
      uri: to,
      from,
      body,
      headers: `${headers}Content-Type: ${type}\r\n`,
      callId: call,
    });
    const exchange = new Exchange(received);
    exchange.identity = { aor: from, displayName: "", number: "" };
    this.#row(exchange);
    return received;
  }

  /** Stored for zoe, as if it had been refused before. */
  async keep(text: string, facts: Partial<DeferredMessage> = {}): Promise<void> {
    this.deferred.post({
      recipient: ZOE,
      device: "",
      sender: ALICE,
      arrivedAt: this.time.now(),
      expiresAt: this.time.now() + 7 * 86_400_000,
      transaction: text,
      headers: `From: <${ALICE}>\r\nTo: <${ZOE}>\r\nP-Asserted-Identity: <${ALICE}>\r\nContent-Type: text/plain\r\n`,
      body: new TextEncoder().encode(text),
      ...facts,
    }, () => {});
    await settle();
  }

  /** The one that has no answer yet. */
  get open(): Sent {
    const open = this.sent.filter(({ pending }) => pending);
    assert.equal(open.length, 1);
    return open[0];
  }
}

function notification(id: string): string {
  const parts = {
    from: { name: "", uri: ALICE },
    to: [{ name: "", uri: ZOE }],
    namespaces: [imdnNamespace],
    extensions: imdnRequest(id, []),
    contentHeaders: [["Content-Type", "message/imdn+xml"], ["Content-Disposition", "notification"]] as const,
  };
  return new TextDecoder().decode(writeCpim(parts, new TextEncoder().encode(`<imdn>${id}</imdn>`)));
}

Deno.test("a notification that the other domain takes goes through as it is, and nothing is stored", async () => {
  const world = new World();
  const received = world.send(notification("1"));
  const { request } = world.open;
  assert.equal(request.uri, ZOE);
  assert.equal(textOf(world.open), notification("1"));
  world.open.answer(200);
  await settle();
  assert.equal(received.answer.status, 200);
  assert.equal(world.store.count, 0);
});

Deno.test("what the other domain cannot take now, 480, 408, 430, no answer, no way there, is stored: 202 after the commit", async (t) => {
  for (const answer of [480, 408, 430, 503, "timeout", "transport"] as const) {
    await t.step(String(answer), async () => {
      const world = new World();
      world.store.manual = true;
      const received = world.send(notification("1"));
      if (typeof answer === "number") world.open.answer(answer);
      else world.open.fail(answer);
      await settle();
      assert.equal(received.answered, false);
      world.store.commit();
      await settle();
      assert.equal(received.answer.status, 202);
      assert.deepEqual(world.store.pending(ZOE).length, 1);
    });
  }
});

Deno.test("a final refusal goes back, and nothing is stored", async () => {
  for (const status of [403, 404, 488, 603]) {
    const world = new World();
    const received = world.send(notification("1"));
    world.open.answer(status);
    await settle();
    assert.equal(received.answer.status, status);
    assert.equal(world.store.count, 0);
  }
});

Deno.test("only our users' notifications are stored for other domains, and only where the settings say so", async () => {
  const refused = async (world: World, body: string, facts: Parameters<World["send"]>[1] = {}) => {
    const received = world.send(body, facts);
    world.open.answer(480);
    await settle();
    assert.equal(received.answer.status, 480);
    assert.equal(world.store.count, 0);
  };
  await refused(new World(), "hello", { type: "text/plain" });
  await refused(
    new World(),
    notification("1").replaceAll("message/imdn+xml", "text/plain").replace(/Content-Disp.*\r\n/, ""),
  );
  await refused(new World(), notification("1"), { from: "sip:eve@third.test" });
  await refused(new World(), notification("1"), { headers: "Expires: 0\r\n" });
  const off = new World();
  off.settings.stores = false;
  await refused(off, notification("1"));
  const full = new World();
  full.store.quota = 0;
  await refused(full, notification("1"));
  const bare = new World();
  const received = bare.send("<imdn/>", { type: "message/imdn+xml" });
  bare.open.answer(480);
  await settle();
  assert.equal(received.answer.status, 202);
});

Deno.test("no answer within the time of a MESSAGE: stored, 202; an answer that comes late takes the stored one back", async () => {
  const world = new World();
  const received = world.send(notification("1"));
  await world.pass(8_100);
  assert.equal(received.answer.status, 202);
  assert.equal(world.store.count, 1);
  await world.pass(1_000);
  world.open.answer(200);
  await settle();
  assert.equal(world.store.count, 0);
  await world.pass(10 * MINUTE);
  assert.equal(world.sent.length, 1);
});

Deno.test("while the first attempt is open the stored one is not sent", async () => {
  const world = new World();
  world.settings.retry_s = 5;
  world.send(notification("1"));
  await world.pass(25_000);
  assert.equal(world.sent.length, 1);
  await world.pass(20_000);
  assert.equal(world.sent.length, 2, "the first one has timed out");
});

Deno.test("another domain is tried again after a while, then after twice that, up to an hour; what is taken is removed", async () => {
  const world = new World();
  await world.keep("one");
  const at: number[] = [];
  for (let minute = 0; minute < 400; minute++) {
    await world.pass(MINUTE);
    if (!world.sent.some(({ pending }) => pending)) continue;
    at.push(minute + 1);
    world.open.answer(480);
    await settle();
  }
  assert.deepEqual(at, [1, 3, 7, 15, 31, 63, 123, 183, 243, 303, 363]);
  await world.pass(23 * MINUTE);
  const { request } = world.open;
  assert.equal(textOf(world.open), "one");
  assert.equal(request.uri, ZOE);
  assert.ok(!request.has("P-Asserted-Identity"), "what we assert is for the trust domain");
  world.open.answer(202);
  await settle();
  assert.equal(world.store.count, 0);
  await world.pass(200 * MINUTE);
  assert.equal(world.sent.length, at.length + 1);
});

Deno.test("to a domain that trusts us the assertion goes along", async () => {
  const world = new World();
  world.trusted = true;
  await world.keep("one");
  await world.pass(MINUTE + 200);
  assert.equal(world.open.request.get("P-Asserted-Identity"), `<${ALICE}>`);
});

Deno.test("several go oldest first, one at a time; when somebody took something the others go at once", async () => {
  const world = new World();
  for (const text of ["one", "two", "three"]) await world.keep(text);
  await world.pass(MINUTE + 200);
  world.open.answer(480);
  await settle();
  assert.equal(world.sent.length, 1, "the second is not tried before the first");
  const direct = world.send(notification("later"));
  world.open.answer(200);
  await settle();
  assert.equal(direct.answer.status, 200);
  for (const text of ["one", "two", "three"]) {
    assert.equal(textOf(world.open), text);
    world.open.answer(200);
    await settle();
  }
  assert.equal(world.store.count, 0);
  assert.deepEqual(world.told, []);
});

Deno.test("a final refusal ends a message, its sender is told, and the next one goes; a fault does so the third time", async () => {
  const world = new World();
  const refusals: number[] = [];
  world.deferredEvents.on("deferredRefused", ({ status }) => refusals.push(status));
  for (const text of ["one", "two", "three"]) await world.keep(text);
  await world.pass(MINUTE + 200);
  world.open.answer(404);
  await settle();
  for (const wait of [2, 4, 0]) {
    assert.equal(textOf(world.open), "two");
    world.open.answer(500);
    await settle();
    await world.pass(wait * MINUTE);
  }
  assert.equal(textOf(world.open), "three");
  assert.deepEqual(world.told, ["one", "two"]);
  assert.deepEqual(refusals, [404, 500]);
  assert.equal(world.store.count, 1);
});

Deno.test("fifty recipients at a time, forty of one domain; what was stored before the start goes out, too; after the stop nothing begins", async () => {
  const world = new World();
  world.names.set("third.test", [{ transport: "tcp", host: "198.51.100.78", port: 5060, tlsName: "" }]);
  for (let i = 0; i < 70; i++) {
    const recipient = `sip:u${i}@${i < 50 ? "other" : "third"}.test`;
    world.store.store({
      recipient,
      device: "",
      sender: ALICE,
      arrivedAt: 0,
      expiresAt: world.time.now() + 86_400_000,
      transaction: recipient,
      headers: `From: <${ALICE}>\r\nTo: <${recipient}>\r\nContent-Type: text/plain\r\n`,
      body: new TextEncoder().encode("x"),
    }, () => {});
  }
  await settle();
  world.away.start();
  await world.pass(MINUTE + 200);
  assert.equal(world.sent.length, 50);
  const theirs = () => world.sent.filter(({ request }) => request.uri.endsWith("@other.test"));
  assert.equal(theirs().length, 40, "where nobody answers, others do not wait for it");
  for (const sent of theirs().slice(0, 5)) sent.answer(200);
  await settle();
  assert.equal(world.sent.length, 55);
  assert.equal(theirs().length, 45);
  let stopped = false;
  world.away.stop().then(() => stopped = true);
  for (const sent of world.sent) {
    await settle();
    assert.equal(stopped, false);
    if (sent.pending) sent.answer(480);
  }
  await settle();
  assert.equal(stopped, true, "nothing is under way any more");
  await world.pass(60 * MINUTE);
  assert.equal(world.sent.length, 55);
});

Deno.test("what is stored while a recipient waits for its turn begins no second delivery", async () => {
  const world = new World();
  const stored = async (i: number) => {
    await world.keep(`to ${i}`, { recipient: `sip:u${i}@other.test` });
  };
  for (let i = 0; i < 41; i++) await stored(i);
  await world.pass(MINUTE + 200);
  assert.equal(world.sent.length, 40);
  await world.keep("more", { recipient: "sip:u40@other.test" });
  world.sent[0].answer(200);
  await settle();
  assert.equal(world.sent[40].request.uri, "sip:u40@other.test");
  for (const sent of world.sent) if (sent !== world.sent[40] && sent.pending) sent.answer(200);
  await world.pass(20_000);
  assert.equal(world.sent.length, 41, "one at a time for each recipient");
  world.sent[40].answer(200);
  await settle();
  world.sent[41].answer(200);
  await world.pass(10 * MINUTE);
  assert.equal(world.sent.length, 42);
  assert.equal(world.store.count, 0);
});

Deno.test("what somebody of a domain that is no longer served here sent is not passed around", async () => {
  const world = new World();
  await world.keep("theirs", { sender: "sip:old@former.test" });
  await world.keep("ours");
  await world.pass(MINUTE + 200);
  assert.equal(textOf(world.open), "ours");
});

Deno.test("who waits for a user of ours is none of its business", async () => {
  const world = new World();
  await world.keep("one", { recipient: "sip:bob@example.test" });
  await world.pass(10 * MINUTE);
  assert.equal(world.sent.length, 0);
  assert.deepEqual(
    ["sip:a@other.test", "sip:a@example.test", "sip:example.test", "tel:+1", ""].map((aor) => world.away.isAway(aor)),
    [true, false, false, false, false],
  );
});

Deno.test("chats and files of our users for other domains are taken over here, large messages never", () => {
  const settings = { ...DEFAULT_AWAY };
  const stores = storesForOthers(settings);
  const untaken = (kind: "session" | "large" | "file", ours = true) => {
    const exchange = new Exchange(new World().receive({ method: "INVITE", uri: ZOE }));
    exchange.subscriber = ours ? new World().user("alice") : null;
    return { kind, exchange };
  };
  assert.deepEqual((["session", "file", "large"] as const).map((kind) => stores(untaken(kind))), [true, true, false]);
  assert.equal(stores(untaken("session", false)), false);
  settings.stores = false;
  assert.equal(stores(untaken("session")), false);
});

Deno.test("an assertion goes from the head whole, folded or not, and stays with Privacy: none", () => {
  const { services } = new World();
  const push = (lines: string, trusted = false) => {
    const message = {
      headers: `From: <${ALICE}>\r\nTo: <${ZOE}>\r\n${lines}`,
      body: new Uint8Array(),
    } as DeferredMessage;
    const user = { onTaken: () => {}, onPushed: () => {} };
    const fork = new AwayPush(services, 1, message, user, () => trusted);
    const branch = { target: { uri: ZOE, routes: [] } };
    return fork.headFor(branch as never, null as never, "SIP/2.0/TCP x");
  };
  const folded = "P-Asserted-Identity: <sip:a@b>,\r\n <tel:+1>\r\nSubject: s\r\n";
  assert.match(push(folded), /To: <[^>]*>\r\nSubject: s\r\n/);
  assert.ok(push(folded, true).includes(folded));
  assert.ok(push(`Privacy: none\r\n${folded}`).includes(folded));
  assert.ok(!push(`Privacy: id\r\n${folded}`).includes("P-Asserted"));
});

Deno.test("what is said to be new goes out at once; behind an attempt in vain it waits as all does", async () => {
  const world = new World();
  await world.keep("first");
  assert.equal(world.sent.length, 0);
  world.away.soon(ZOE);
  await settle();
  assert.equal(textOf(world.open), "first");
  world.open.answer(480);
  await settle();
  await world.keep("second");
  world.away.soon(ZOE);
  await settle();
  assert.equal(world.sent.length, 1);
  world.time.advance(2 * MINUTE + 1_000);
  await settle();
  assert.equal(textOf(world.open), "first");
});

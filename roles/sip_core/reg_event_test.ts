import assert from "node:assert/strict";
import type { EventPackage, Notifier, Subscription } from "../../transport/sip/mod.ts";
import { RegEvent } from "./reg_event.ts";
import { reginfoDocument } from "./reginfo.ts";
import { FakeFlow } from "./testing/fake_exchange.ts";
import { ALICE, INSTANCE, RegisterWorld } from "./testing/register_world.ts";
import { parseXml, type XmlElement } from "./testing/small_xml.ts";

/** The framework's side: keeps which resources changed. */
class FakeNotifier implements Notifier {
  readonly packages: EventPackage[] = [];
  readonly changes: string[] = [];
  register(eventPackage: EventPackage): void {
    this.packages.push(eventPackage);
  }
  changed(event: string, resource: string): void {
    this.changes.push(`${event} ${resource}`);
  }
  terminate(): void {}
}

function setUp(limit?: number) {
  const world = new RegisterWorld();
  const regEvent = new RegEvent({
    table: world.registrar.table,
    gruus: world.registrar.gruus,
    subscribers: world.subscribers,
    domains: new Set(["example.test", "other.test"]),
    events: world.events,
    clock: world.time,
    isTrusted: (watcher) => watcher === "sip:as@core.test",
    limit,
  });
  const notifier = new FakeNotifier();
  regEvent.join(notifier);
  return { world, regEvent, notifier };
}

function subscriptionOf(watcher = ALICE, resource = ALICE): Subscription & { sent: number } {
  return { id: "s", event: "reg", resource, watcher, accept: ["application/reginfo+xml"], sent: 0, filter: null };
}

function read(notification: { contentType: string; body: Uint8Array } | null): XmlElement {
  assert.equal(notification!.contentType, "application/reginfo+xml");
  const root = parseXml(new TextDecoder().decode(notification!.body));
  assert.equal(root.name, "reginfo");
  assert.equal(root.attributes.xmlns, "urn:ietf:params:xml:ns:reginfo");
  return root;
}

const contactsOf = (root: XmlElement) =>
  root.children[0].children.map(({ attributes, children }) =>
    `${children[0].text} ${attributes.state} ${attributes.event}`
  );

Deno.test("users may watch themselves by any name, trusted servers everybody, nobody else", () => {
  const { regEvent } = setUp();
  const admitted: [string, string, boolean][] = [
    [ALICE, ALICE, true],
    ["tel:+15550001", ALICE, true],
    [ALICE, "sip:bob@example.test", false],
    [ALICE, "sip:as@core.test", true],
    ["sip:nobody@example.test", "sip:nobody@example.test", false],
    ["sip:nobody@example.test", "sip:as@core.test", false],
  ];
  for (const [resource, watcher, may] of admitted) {
    assert.equal(regEvent.admit(resource, watcher).state, may ? "active" : "refused", `${watcher} → ${resource}`);
  }
});

Deno.test("an offline user's document says init, and nothing else", () => {
  const { regEvent } = setUp();
  const root = read(regEvent.full(subscriptionOf()));
  assert.deepEqual([root.attributes.version, root.attributes.state], ["0", "full"]);
  assert.deepEqual([root.children[0].attributes.state, root.children[0].attributes.aor], ["init", ALICE]);
  assert.equal(root.children[0].children.length, 0);
});

Deno.test("the full document has each contact with its times, parameters and GRUUs", () => {
  const { world, regEvent } = setUp();
  world.register(`Contact: <sip:p@192.0.2.1>;q=0.7;${INSTANCE};+g.oma.sip-im;expires=600\nSupported: gruu`, {
    callId: "a<b>&c",
    cseq: 54301,
  });
  world.time.advance(60_000);
  const root = read(regEvent.full(subscriptionOf()));
  const [contact] = root.children[0].children;
  assert.equal(root.children[0].attributes.state, "active");
  assert.deepEqual({ ...contact.attributes, id: "" }, {
    id: "",
    state: "active",
    event: "registered",
    "duration-registered": "60",
    expires: "540",
    q: "0.7",
    callid: "a<b>&c",
    cseq: "54301",
  });
  const param = (name: string) => contact.children.find((child) => child.attributes.name === name)?.text;
  assert.equal(param("+sip.instance"), '"<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>"');
  assert.equal(param("+g.oma.sip-im"), "");
  const element = (name: string) => contact.children.find((child) => child.name === name);
  assert.match(element("gr:pub-gruu")!.attributes.uri, /^sip:alice@example.test;gr=urn:uuid:/);
  assert.match(element("gr:temp-gruu")!.attributes.uri, /^sip:tgruu\./);
  assert.equal(element("gr:temp-gruu")!.attributes["first-cseq"], "54301");
  const other = read(regEvent.full(subscriptionOf("sip:as@core.test")));
  const names = other.children[0].children[0].children.map(({ name }) => name);
  assert.ok(names.includes("gr:pub-gruu") && !names.includes("gr:temp-gruu"));
});

Deno.test("after the first document come only the changes, each with its event and the same id", () => {
  const { world, regEvent, notifier } = setUp();
  const subscription = subscriptionOf();
  regEvent.full(subscription);
  const next = () => {
    subscription.sent++;
    return read(regEvent.partial(subscription));
  };
  const phone = "Contact: <sip:p@192.0.2.1>";
  world.register(phone, { callId: "a" });
  const first = next();
  assert.deepEqual([first.attributes.version, first.attributes.state], ["1", "partial"]);
  assert.deepEqual(contactsOf(first), ["sip:p@192.0.2.1 active registered"]);
  const id = first.children[0].children[0].attributes.id;
  const steps: [() => void, string, string][] = [
    [() => world.register(phone, { callId: "a" }), "active refreshed", "active"],
    [() => world.register(`${phone};expires=600`, { callId: "a" }), "active shortened", "active"],
    [() => world.register(`${phone};expires=0`, { callId: "a" }), "terminated unregistered", "terminated"],
  ];
  for (const [step, event, state] of steps) {
    step();
    const root = next();
    assert.deepEqual(contactsOf(root), [`sip:p@192.0.2.1 ${event}`]);
    assert.equal(root.children[0].children[0].attributes.id, id);
    assert.equal(root.children[0].attributes.state, state);
  }
  assert.equal(regEvent.partial(subscription), null);
  assert.deepEqual(notifier.changes, Array(4).fill(`reg ${ALICE}`));
});

Deno.test("expired, broken and rejected contacts are told as such", () => {
  const { world, regEvent } = setUp();
  const subscription = subscriptionOf();
  regEvent.full(subscription);
  const flow = new FakeFlow("ws");
  world.register("Contact: <sip:e@192.0.2.1>;expires=60", { callId: "e" });
  world.register("Contact: <sip:f@x.invalid>", { callId: "f", flow });
  world.register("Contact: <sip:r@192.0.2.3>", { callId: "r" });
  regEvent.partial(subscription);
  world.time.advance(62_000);
  flow.close("gone");
  world.registrar.reject(ALICE);
  assert.deepEqual(contactsOf(read(regEvent.partial(subscription))), [
    "sip:e@192.0.2.1 terminated expired",
    "sip:f@x.invalid terminated deactivated",
    "sip:r@192.0.2.3 terminated rejected",
  ]);
});

Deno.test("several changes between two documents come together, the last state of each contact", () => {
  const { world, regEvent } = setUp();
  const slow = subscriptionOf();
  const quick = subscriptionOf();
  regEvent.full(slow);
  regEvent.full(quick);
  world.register("Contact: <sip:p@192.0.2.1>");
  regEvent.partial(quick);
  world.register("Contact: <sip:p@192.0.2.1>");
  world.register("Contact: <sip:q@192.0.2.2>");
  assert.deepEqual(contactsOf(read(regEvent.partial(quick))), [
    "sip:p@192.0.2.1 active refreshed",
    "sip:q@192.0.2.2 active registered",
  ]);
  assert.deepEqual(contactsOf(read(regEvent.partial(slow))).length, 2);
});

Deno.test("whoever missed more than is remembered gets the complete document", () => {
  const { world, regEvent } = setUp();
  const subscription = subscriptionOf();
  regEvent.full(subscription);
  for (let i = 0; i < 70; i++) {
    world.register(`Contact: <sip:p${i}@192.0.2.1>`, { callId: `c${i}` });
    world.register("Contact: *\nExpires: 0", { callId: `c${i}` });
  }
  const root = read(regEvent.partial(subscription));
  assert.equal(root.attributes.state, "full");
  assert.equal(root.children[0].attributes.state, "init");
});

Deno.test("more users are watched than are remembered: whoever is not gets the complete document, and no change is lost", () => {
  const { world, regEvent, notifier } = setUp(1);
  const bob = "sip:bob@example.test";
  const alices = [subscriptionOf(), subscriptionOf()], bobs = subscriptionOf(bob, bob);
  const state = (subscription: Subscription) => read(regEvent.partial(subscription)).attributes.state;
  for (const subscription of alices) regEvent.full(subscription);
  world.register("Contact: <sip:p@192.0.2.1>");
  for (const subscription of alices) assert.equal(state(subscription), "partial");
  regEvent.full(bobs);
  notifier.changes.length = 0;
  world.register("Contact: <sip:q@192.0.2.2>");
  assert.deepEqual(notifier.changes, [`reg ${ALICE}`]);
  // One of them makes her remembered again, the other one has seen nothing of that.
  for (const subscription of alices) assert.equal(state(subscription), "full");
  world.register("Contact: <sip:q@192.0.2.2>");
  for (const subscription of alices) assert.equal(state(subscription), "partial");
  world.register("Contact: <sip:b@192.0.2.3>", { user: bob });
  assert.equal(state(bobs), "full");
});

Deno.test("a clock that is set costs nobody a change", () => {
  const { world, regEvent, notifier } = setUp();
  const subscription = subscriptionOf();
  regEvent.full(subscription);
  world.time.jump(86_400_000);
  world.register("Contact: <sip:p@192.0.2.1>;expires=600");
  assert.deepEqual(notifier.changes, [`reg ${ALICE}`]);
  const root = read(regEvent.partial(subscription));
  assert.deepEqual(contactsOf(root), ["sip:p@192.0.2.1 active registered"]);
  assert.equal(root.children[0].children[0].attributes.expires, "600");
});

Deno.test("nobody is told of users that nobody watches", () => {
  const { world, notifier } = setUp();
  world.register("Contact: <sip:p@192.0.2.1>");
  assert.deepEqual(notifier.changes, []);
});

Deno.test("texts of the wire cannot break the document", () => {
  const nasty = "\"><x y='&\x00\x0b\xf0\x9f\x98\x80\xff";
  const body = reginfoDocument({
    version: 0,
    state: "full",
    aor: nasty,
    id: "r",
    registration: "active",
    contacts: [{
      id: "c",
      state: "active",
      event: "registered",
      uri: nasty,
      registeredFor: 0,
      expires: 1,
      q: 1,
      callId: nasty,
      cseq: 1,
      params: new Map([[nasty, nasty]]),
      publicGruu: nasty,
      temporaryGruu: nasty,
      firstCseq: 1,
    }],
  });
  const text = new TextDecoder("utf-8", { fatal: true }).decode(body);
  const root = parseXml(text);
  assert.equal(root.children[0].attributes.aor, "\"><x y='&\ufffd\ufffd\u{1f600}\ufffd");
  assert.equal(root.children[0].children[0].children[0].text, root.children[0].attributes.aor);
});

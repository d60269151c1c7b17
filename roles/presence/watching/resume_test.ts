/** What a subscription knows again after a restart of the box. */
import assert from "node:assert/strict";
import type { EventPackage, Subscription } from "../../../transport/sip/mod.ts";
import { person, PresenceWorld, tuple } from "../testing/presence_world.ts";

/** A subscription that the framework brought back; notes what becomes of it. */
class BroughtBack implements Subscription {
  readonly id = "s1";
  readonly event: string;
  readonly resource = "sip:bob@example.test";
  readonly watcher: string;
  readonly accept: readonly string[];
  readonly sent = 3;
  readonly filter: Subscription["filter"] = null;
  readonly expires = 300;
  kept: unknown = null;
  readonly heard: string[] = [];
  readonly #package: EventPackage;

  constructor(
    eventPackage: EventPackage,
    watcher: string,
    more: Partial<Pick<Subscription, "accept" | "filter">> = {},
  ) {
    this.#package = eventPackage;
    this.event = eventPackage.name;
    this.watcher = watcher;
    this.accept = more.accept ?? eventPackage.contentTypes.slice(0, 1);
    this.filter = more.filter ?? null;
  }
  changed(): void {
    const work = this.#package.prepare?.(this, "partial") ?? null;
    if (work === null) this.#tell();
    else work.then(() => this.#tell());
  }
  #tell(): void {
    const told = this.#package.partial!(this);
    this.heard.push(told === null ? "nothing" : new TextDecoder().decode(told.body));
  }
  setState(state: string): void {
    this.heard.push(state);
  }
  terminate(reason: string): void {
    this.heard.push(`terminated ${reason}`);
  }
}

const ALICE = "sip:alice@example.test";
const DIFF = "application/pidf-diff+xml";
const TYPE = "application/simple-filter+xml";
const FILTER = `<filter-set xmlns="urn:ietf:params:xml:ns:simple-filter"><ns-bindings>
  <ns-binding prefix="p" urn="urn:ietf:params:xml:ns:pidf"/></ns-bindings>
  <filter id="1"><what><include>/p:presence/p:tuple</include></what></filter></filter-set>`;

/** What the package kept of a subscription, as the store gives it back. */
async function kept(asking: Parameters<PresenceWorld["ask"]>[0] = {}, world = new PresenceWorld()) {
  world.publish("bob", tuple("open") + person("busy"));
  world.ask(asking);
  await world.after(6000);
  const event = asking?.event ?? "presence";
  const [subscription] = world.sip.server.subscriptions(event, "sip:bob@example.test");
  const given = subscription.eventPackage.keep!(subscription);
  assert.ok(JSON.stringify(given).length < 300);
  return JSON.parse(JSON.stringify(given));
}

function again(content = tuple("open") + person("busy")): PresenceWorld {
  const world = new PresenceWorld();
  world.publish("bob", content);
  return world;
}

Deno.test("who knows what there is hears nothing, then what changes", async () => {
  const world = again();
  const subscription = new BroughtBack(world.presence, ALICE);
  world.presence.resume(subscription, await kept());
  await world.settle();
  assert.deepEqual(subscription.heard, ["active", "nothing"]);
  world.publish("bob", tuple("closed"));
  await world.settle();
  assert.match(subscription.heard[2], /closed/);
  world.presence.ended(subscription);
  assert.equal(world.watches.size, 0);
});

Deno.test("after a kill all is told anew: what was told last may not have been kept", async () => {
  const world = new PresenceWorld({ keptAll: false });
  world.publish("bob", tuple("open") + person("busy"));
  const subscription = new BroughtBack(world.presence, ALICE);
  world.presence.resume(subscription, await kept());
  await world.settle();
  assert.match(subscription.heard[1], /open/);
});

Deno.test("what is owed waits for the rules, and is what they let be seen", async () => {
  const world = again();
  world.decisions.unread.add("sip:bob@example.test");
  const subscription = new BroughtBack(world.presence, ALICE);
  world.presence.resume(subscription, await kept());
  const work = world.presence.prepare(subscription);
  assert.ok(work !== null);
  await work;
  assert.match(new TextDecoder().decode(world.presence.full(subscription)!.body), /open/);
  assert.equal(world.presence.prepare(subscription), null);
});

Deno.test("whether the user is invisible is read first: nobody is told that he went", async () => {
  const world = again();
  const subscription = new BroughtBack(world.presence, ALICE);
  world.unreadPrivacy.add("sip:bob@example.test");
  world.presence.resume(subscription, await kept());
  await world.settle();
  assert.deepEqual([subscription.heard, world.unreadPrivacy.size], [["active", "nothing"], 0]);
});

Deno.test("what changed meanwhile is told", async () => {
  const world = again(tuple("closed"));
  const subscription = new BroughtBack(world.presence, ALICE);
  world.presence.resume(subscription, await kept());
  await world.settle();
  assert.match(subscription.heard[1], /closed/);
});

Deno.test("with differences the next document is whole, and its version greater than any before", async () => {
  const world = again();
  const subscription = new BroughtBack(world.presence, ALICE, { accept: ["application/pidf+xml", DIFF] });
  world.presence.resume(subscription, await kept({ accept: `application/pidf+xml, ${DIFF}` }));
  await world.settle();
  assert.deepEqual(subscription.heard, ["active", "nothing"]);
  world.publish("bob", tuple("open") + person("away"));
  await world.settle();
  assert.match(subscription.heard[2], /<p:pidf-full [^>]*version="10002"/);
  world.publish("bob", tuple("open") + person("meal"));
  await world.settle();
  assert.match(subscription.heard[3], /<p:pidf-(diff|full) [^>]*version="10003"/);
});

Deno.test("rules are read first, and what they say now is what holds", async () => {
  for (
    const [handling, heard] of [
      ["block", ["terminated rejected"]],
      ["confirm", ["pending", "nothing"]],
      ["allow", ["active", "nothing"]],
    ] as const
  ) {
    const world = again();
    world.decisions.set("sip:bob@example.test", "*", handling);
    world.decisions.unread.add("sip:bob@example.test");
    const subscription = new BroughtBack(world.presence, ALICE);
    world.presence.resume(subscription, await kept());
    assert.deepEqual(subscription.heard, []);
    await world.settle();
    if (handling === "confirm") assert.equal(subscription.heard[0], "pending");
    else assert.deepEqual(subscription.heard, heard);
  }
});

Deno.test("a user who is none any more, and filters that are not all there, end it", async () => {
  const gone = new PresenceWorld({ users: [] });
  const subscription = new BroughtBack(gone.presence, ALICE);
  gone.presence.resume(subscription, await kept());
  await gone.settle();
  assert.deepEqual(subscription.heard, ["terminated noresource"]);
  const world = again();
  const filtered = new BroughtBack(world.presence, ALICE);
  world.presence.resume(filtered, { ...await kept(), filters: 2 });
  await world.settle();
  assert.deepEqual(filtered.heard, ["terminated deactivated"]);
  const bad = { contentType: TYPE, body: new TextEncoder().encode("<x/>") };
  const refused = new BroughtBack(world.presence, ALICE, { filter: bad });
  world.presence.resume(refused, { ...await kept(), filters: 1 });
  await world.settle();
  assert.deepEqual(refused.heard, ["terminated deactivated"]);
  for (const strange of [null, undefined, 7, {}, { ...await kept(), version: "1" }]) {
    const other = new BroughtBack(world.presence, ALICE);
    world.presence.resume(other, strange);
    await world.settle();
    assert.deepEqual(other.heard, ["terminated deactivated"]);
    world.presence.ended(other);
  }
});

Deno.test("a filter holds again", async () => {
  const world = again(tuple("open") + person("meal"));
  const filter = { contentType: TYPE, body: new TextEncoder().encode(FILTER) };
  const subscription = new BroughtBack(world.presence, ALICE, { filter });
  world.presence.resume(subscription, await kept({ body: [TYPE, FILTER] }));
  await world.settle();
  assert.deepEqual(subscription.heard, ["active", "nothing"]);
  world.publish("bob", tuple("closed") + person("away"));
  await world.settle();
  assert.match(subscription.heard[2], /closed/);
  assert.doesNotMatch(subscription.heard[2], /away/);
});

Deno.test("to the owner a watcher is the same one since the same time; his own subscription is told all anew", async () => {
  const before = new PresenceWorld();
  const presence = await kept({}, before);
  const winfo = await kept({ watcher: "bob", event: "presence.winfo" }, before);
  const world = new PresenceWorld();
  world.time.advance(60_000);
  const watcher = new BroughtBack(world.presence, ALICE);
  world.presence.resume(watcher, presence);
  const owner = new BroughtBack(world.winfo, "sip:bob@example.test");
  world.winfo.resume(owner, winfo);
  await world.settle();
  assert.match(owner.heard[0], /version="10001" state="full"/);
  assert.match(owner.heard[0], /duration-subscribed="60">sip:alice@example.test</);
});

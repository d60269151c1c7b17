import assert from "node:assert/strict";
import type { Subscription, TerminationReason } from "../../../transport/sip/mod.ts";
import { type ReadListBody, readListBody } from "../../../transport/presence/mod.ts";
import { MemoryStates } from "../../../transport/sip/testing/memory_states.ts";
import { ALICE_AOR, entries, FRIENDS, ListWorld, resourceLists, RLS, user } from "./testing/list_world.ts";

/** A subscription that the box found in its storage. */
class Found implements Subscription {
  readonly id = "s9";
  readonly event = "presence";
  readonly resource: string;
  readonly watcher = ALICE_AOR;
  readonly accept = ["multipart/related", "application/rlmi+xml", "application/pidf+xml"];
  readonly filter: Subscription["filter"];
  readonly expires = 500;
  kept?: unknown;
  sent: number;
  ended = false;
  endReason?: TerminationReason;
  readonly #world: ListWorld;

  constructor(world: ListWorld, sent: number, resource = FRIENDS, filter: Subscription["filter"] = null) {
    this.#world = world;
    this.sent = sent;
    this.resource = resource;
    this.filter = filter;
  }
  owes = false;
  changed(): void {
    this.owes = true;
  }
  terminate(reason: TerminationReason): void {
    this.endReason = reason;
  }
  /** What it is told by `partial`; null for nothing. */
  async told(): Promise<ReadListBody | null> {
    await this.#world.settle();
    if (!this.owes) return null;
    this.owes = false;
    const { eventPackage } = this.#world.lists;
    await eventPackage.prepare!(this, "partial");
    const body = eventPackage.partial!(this);
    if (body === null) return null;
    this.sent++;
    return readListBody(body.contentType, body.body);
  }
}

/** What is kept of a subscription of Alice to her list, after its first NOTIFY. */
async function kept(members: string, shown: Record<string, string>, body = ""): Promise<unknown> {
  const world = await ListWorld.open();
  if (body === "") await world.service(members);
  for (const [name, note] of Object.entries(shown)) world.show(name, note);
  const uri = body === "" ? FRIENDS : RLS;
  assert.equal((await world.subscribe({ uri, body })).status, 200);
  await world.notified();
  const [subscription] = world.sip.server.subscriptions("presence", uri);
  const text = JSON.stringify(world.lists.eventPackage.keep!(subscription));
  assert.ok(text.length < 150 + 4 * Object.keys(shown).length, text);
  return JSON.parse(text);
}

Deno.test("after a restart: who is as he was told is not told again; all of it where one is not", async () => {
  const members = entries(user("bob"), user("carol"), user("nobody"));
  const before = await kept(members, { bob: "here", carol: "pending" });
  const world = await ListWorld.open();
  await world.service(members);
  world.show("bob", "here");
  world.show("carol", "pending");
  const found = new Found(world, 101);
  world.lists.eventPackage.resume!(found, before);
  assert.equal(await found.told(), null);
  assert.equal(world.watches.size, 2);
  world.show("carol", "pending");
  assert.equal(await found.told(), null);
  world.show("bob", "away");
  const told = await found.told();
  assert.deepEqual([told!.rlmi.version, told!.rlmi.fullState, told!.rlmi.resources.length], [101, true, 3]);
  world.show("bob", "back");
  const next = await found.told();
  assert.deepEqual([next!.rlmi.version, next!.rlmi.fullState, next!.rlmi.resources.length], [102, false, 1]);
});

Deno.test("stopped in order: the next version, with those alone who are others", async () => {
  const members = entries(user("bob"), user("carol"));
  const before = await kept(members, { bob: "here", carol: "here" });
  const world = await ListWorld.open({ keptAll: true });
  await world.service(members);
  world.show("bob", "here");
  world.show("carol", "away");
  const found = new Found(world, 101);
  world.lists.eventPackage.resume!(found, before);
  const told = await found.told();
  assert.deepEqual([told!.rlmi.version, told!.rlmi.fullState], [1, false]);
  assert.deepEqual(told!.rlmi.resources.map(({ uri }) => uri), [user("carol")]);
});

Deno.test("what changed while the box was away is told: of a member, of the list, of a list that is gone", async () => {
  const members = entries(user("bob"), user("carol"));
  const before = await kept(members, { bob: "here", carol: "here" });
  const world = await ListWorld.open();
  await world.service(members);
  world.show("bob", "here");
  world.show("carol", "away");
  const found = new Found(world, 101);
  world.lists.eventPackage.resume!(found, before);
  assert.deepEqual((await found.told())!.rlmi.resources.map(({ uri }) => uri), [user("bob"), user("carol")]);

  const edited = await ListWorld.open();
  await edited.service(entries(user("bob")));
  edited.show("bob", "here");
  const other = new Found(edited, 101);
  edited.lists.eventPackage.resume!(other, before);
  const told = await other.told();
  assert.deepEqual([told!.rlmi.version, told!.rlmi.fullState, told!.rlmi.resources.length], [101, true, 1]);

  const empty = await ListWorld.open();
  const gone = new Found(empty, 101);
  empty.lists.eventPackage.resume!(gone, before);
  assert.equal(gone.endReason, "noresource");
  const nobody = Object.assign(new Found(edited, 101), { watcher: "sip:gone@other.test" });
  edited.lists.eventPackage.resume!(nobody, before);
  assert.equal(nobody.endReason, "rejected");
});

Deno.test("a list that is edited after the restart is told whole, and then by what changes", async () => {
  const before = await kept(entries(user("bob"), user("carol")), { bob: "here", carol: "here" });
  const world = await ListWorld.open();
  await world.service(entries(user("bob"), user("carol")));
  for (const name of ["bob", "carol", "dave"]) world.show(name, "here");
  const found = new Found(world, 101);
  world.lists.eventPackage.resume!(found, before);
  assert.equal(await found.told(), null);
  await world.service(entries(user("bob")));
  assert.deepEqual((await found.told())!.rlmi.resources.map(({ uri }) => uri), [user("bob")]);
  await world.service(entries(user("bob"), user("dave")));
  const added = await found.told();
  assert.deepEqual([added!.rlmi.version, added!.rlmi.fullState, added!.parts.size], [102, false, 1]);
});

Deno.test("a list in a request goes on from its body; what cannot go on is to come again", async () => {
  const body = resourceLists(user("bob"));
  const before = await kept("", { bob: "here" }, body);
  const world = await ListWorld.open();
  world.show("bob", "here");
  const filter = { contentType: "application/resource-lists+xml", body: new TextEncoder().encode(body) };
  const found = new Found(world, 101, RLS, filter);
  world.lists.eventPackage.resume!(found, before);
  assert.equal(await found.told(), null);
  world.show("bob", "away");
  assert.equal((await found.told())!.rlmi.resources.length, 1);
  for (const [kept, filter] of [[before, null], [{}, found.filter], [null, found.filter]] as const) {
    const lost = new Found(world, 101, RLS, filter);
    world.lists.eventPackage.resume!(lost, kept);
    assert.equal(lost.endReason, "deactivated");
  }
  found.ended = true;
  world.lists.eventPackage.ended!(found);
  assert.equal(world.watches.size, 0);
});

Deno.test("a restart on the wire: the subscriber hears of nothing, then of what changed, and may go on", async () => {
  const world = await ListWorld.open({}, new MemoryStates());
  await world.service(entries(user("bob"), user("carol")));
  for (const name of ["bob", "carol"]) world.show(name, "here");
  const { toTag } = await world.subscribe();
  await world.notified();
  const closed = world.sip.server.close();
  await world.settle();
  await closed;
  const again = world.restarted();
  assert.equal(again.sip.server.size, 1);
  for (const name of ["bob", "carol"]) again.show(name, "here");
  again.sip.time.advance(10_000);
  assert.deepEqual(await again.notified(), []);
  assert.equal(again.watches.size, 2);
  again.show("bob", "away");
  const [told] = await again.notified();
  assert.deepEqual([told.list!.rlmi.fullState, told.list!.parts.size], [true, 2]);
  assert.deepEqual(again.known, ["bob: active away", "carol: active here"]);
  const refreshed = await again.subscribe({ toTag, cseq: 2 });
  assert.equal(refreshed.status, 200);
  assert.equal((await again.notified()).length, 1);
});

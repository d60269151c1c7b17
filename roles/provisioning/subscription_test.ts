import assert from "node:assert/strict";
import type { Subscriber } from "../../storage/mod.ts";
import { subscriber } from "../sip_core/testing/fake_storage.ts";
import { ExpiredBars } from "./expired_bars.ts";
import { silentLog } from "../../foundation/mod.ts";
import { ALICE, BASE, ProvisioningWorld } from "./testing/provisioning_world.ts";

function worldOf(more: Partial<Subscriber>): ProvisioningWorld {
  return new ProvisioningWorld([subscriber(ALICE, "wonderland", more)]);
}

function admitted(world: ProvisioningWorld): Promise<Error | null> {
  return new Promise((resolve) => world.subscription.admit(ALICE, resolve));
}

Deno.test("implicit: a registration confirms the service; who and how is in the audit log", async () => {
  const world = worldOf({ state: "unsubscribed" });
  assert.equal(world.subscription.confirmAt(world.subscribers.get(ALICE)!), null);
  assert.equal(await admitted(world), null);
  assert.equal(world.subscribers.get(ALICE)!.state, "active");
  assert.deepEqual(world.audited(), [`user.subscribed user:${ALICE}`]);
  assert.deepEqual(world.changes, [[ALICE, "subscribed"]]);
});

Deno.test("two first registrations at once: both are in, one line is written", async () => {
  const world = worldOf({ state: "unsubscribed" });
  assert.deepEqual(await Promise.all([admitted(world), admitted(world)]), [null, null]);
  assert.equal(world.audited().length, 1);
});

Deno.test("explicit: where to confirm is said, and confirming there brings the user in", async () => {
  const world = worldOf({ state: "unsubscribed" });
  world.settings = { open: true, confirm: "explicit", approval: false };
  assert.equal(world.subscription.confirmAt(world.subscribers.get(ALICE)!), `${BASE}/account`);
  await world.subscription.confirm(ALICE);
  await world.subscription.confirm(ALICE);
  assert.equal(world.subscribers.get(ALICE)!.state, "active");
  assert.equal(world.audited().length, 1);
});

Deno.test("who left comes back by an own word alone, whatever the provider has set", async () => {
  const world = worldOf({});
  await world.subscription.leave(ALICE);
  const left = world.subscribers.get(ALICE)!;
  assert.equal(left.state, "unsubscribed");
  assert.equal(left.leftAt, world.time.now());
  assert.equal(world.subscription.confirmAt(left), `${BASE}/account`);
  await assert.rejects(world.subscription.leave(ALICE), /in the service/);
  await world.subscription.confirm(ALICE);
  const back = world.subscribers.get(ALICE)!;
  assert.equal(back.state, "active");
  assert.ok(!("leftAt" in back), "leaving is forgotten with coming back");
});

Deno.test("nobody comes in past an operator: suspended and barred users cannot confirm", async () => {
  for (const state of ["suspended", "barred"] as const) {
    const world = worldOf({ state });
    await assert.rejects(world.subscription.confirm(ALICE), /is suspended|is barred/);
    assert.equal(world.subscribers.get(ALICE)!.state, state);
  }
});

Deno.test("a bar that is over is taken out of the records, others stay", async () => {
  const world = worldOf({ state: "barred", barredUntil: Date.UTC(2026, 0, 1) + 30_000 });
  await world.subscribers.put([subscriber("sip:bob@example.test", "x", { state: "barred" })]);
  const { time, subscribers, operations } = world;
  const bars = new ExpiredBars({ subscribers, operations, clock: time, timers: time.timers, log: silentLog });
  await bars.run();
  assert.equal(subscribers.get(ALICE)!.state, "barred");
  bars.start();
  time.advance(60_100);
  while (world.changes.length === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  bars.stop();
  const user = subscribers.get(ALICE)!;
  assert.equal(user.state, "active");
  assert.ok(!("barredUntil" in user));
  assert.equal(subscribers.get("sip:bob@example.test")!.state, "barred");
  assert.deepEqual(world.audited(), ["user.resumed system"]);
});

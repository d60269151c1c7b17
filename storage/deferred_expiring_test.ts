import assert from "node:assert/strict";
import { silentLog } from "../foundation/mod.ts";
import { LogDeferredMessages } from "./deferred_messages.ts";
import type { StoreOutcome } from "./repositories.ts";
import { contentsOver, deferred, memoryWorld } from "./testing.ts";

Deno.test("what has expired can be read once more, as what has expired, until it is removed", async () => {
  const world = await memoryWorld();
  const { kv, sealer, commit, time } = world;
  const contents = contentsOver(world);
  const messages = await LogDeferredMessages.open({ kv, sealer, commit, log: silentLog, clock: time, contents });
  const store = (n: number, expiresAt: number) =>
    new Promise<StoreOutcome>((resolve) => messages.store(deferred(n, { expiresAt }), resolve));
  const first = await store(1, time.now() + 1_000) as { id: number };
  await store(2, time.now() + 60_000);
  assert.deepEqual(messages.expiring(time.now()), []);
  time.jump(2_000);
  const now = time.now();
  assert.deepEqual(messages.expiring(now).map(({ id }) => id), [first.id]);
  assert.equal(await messages.read(first.id), null);
  assert.equal((await messages.read(first.id, true))?.transaction, deferred(1).transaction);
  assert.deepEqual(messages.expire(now).map(({ id }) => id), [first.id]);
  assert.deepEqual(messages.expiring(now), []);
  assert.equal(await messages.read(first.id, true), null);
});

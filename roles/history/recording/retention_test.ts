import assert from "node:assert/strict";
import { silentLog } from "../../../foundation/mod.ts";
import { StorageError } from "../../../storage/mod.ts";
import { Retention } from "./retention.ts";
import { ALICE, BOB, listener, RecordingWorld, saying } from "./testing/recording_world.ts";

const DAY = 86_400_000;

async function recorded() {
  const world = await RecordingWorld.open();
  Object.assign(world.settings, { record: "everything", keep_days: 0 });
  await world.pager(saying("one"), [listener(ALICE, BOB), listener(BOB, ALICE)]);
  const retention = new Retention({ history: world.kept.history, settings: world.settings, log: silentLog });
  const ends = () => [ALICE, BOB].map((aor) => (world.list(aor)[0].expiresAt - world.list(aor)[0].endedAt) / DAY);
  return { world, retention, ends };
}

Deno.test("a shorter limit of the operator holds for what was recorded before; a longer one gives nothing back", async () => {
  const { world, retention, ends } = await recorded();
  await using _ = world;
  await retention.look();
  assert.deepEqual(ends(), [Infinity, Infinity]);
  for (const [max, expected] of [[30, 30], [90, 30], [7, 7], [0, 7], [1, 1]]) {
    world.settings.max_days = max;
    await retention.look();
    assert.deepEqual(ends(), [expected, expected], `${max}`);
  }
});

Deno.test("what is shorter already stays; a store that fails is tried again with the next look", async () => {
  const { world, retention, ends } = await recorded();
  await using _ = world;
  const { history } = world.kept;
  const [{ reference, endedAt }] = world.list(ALICE);
  await history.change(ALICE, reference, { expiresAt: endedAt + 3 * DAY });
  world.settings.max_days = 30;
  const { change } = history;
  history.change = () => Promise.reject(new StorageError("failed", "connection reset"));
  await retention.look();
  assert.deepEqual(ends(), [3, Infinity]);
  history.change = change;
  await retention.look();
  assert.deepEqual(ends(), [3, 30]);
});

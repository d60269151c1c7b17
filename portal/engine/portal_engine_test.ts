import { deepEqual, equal } from "node:assert/strict";
import { createEngine } from "./portal_engine.ts";
import { EngineWorld } from "./people/testing/engine_world.ts";

Deno.test("who signs out leaves nothing in this browser, whatever is under way in this tab and in others", async () => {
  const { parts: given, ...world } = new EngineWorld();
  const posted: unknown[] = [];
  const tabs = { post: (value: unknown) => void posted.push(structuredClone(value)), onValue: (_: unknown) => {} };
  const parts = { ...given, tabs };
  const model = createEngine(parts);
  model.conversations.open("bob")!.draft.value = "not for others";
  await model.signOut();
  world.time.advance(10_000);
  model.conversations.open("bob")!.mute(true);
  deepEqual(parts.store.keys(), []);

  const other = { ...given, tabs: { post: () => {}, onValue: (_: unknown) => {} } };
  const there = createEngine(other);
  there.conversations.open("bob")!.mute(true);
  equal(given.store.keys().length > 0, true);
  for (const word of posted) other.tabs.onValue(word);
  there.conversations.open("carol")!.mute(true);
  deepEqual(given.store.keys(), []);
});

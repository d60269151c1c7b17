import assert from "node:assert/strict";
import fc from "fast-check";
import type { Listener } from "./desk_types.ts";
import { PagerRecording } from "./testing/pager_recording.ts";
import { ALICE, BOB, CAROL, listener, RecordingWorld, saying } from "./testing/recording_world.ts";

const DEVICE = "sip:bob@198.51.100.7:5060";
const HIDDEN = "sip:anonymous@anonymous.invalid";

Deno.test("what is another thing than with the message before shows: names, privacy, wishes, to whom it is", async () => {
  await using world = await PagerRecording.open();
  world.recording.settings.record = "everything";
  world.pager.device("bob", DEVICE);
  world.pager.device("carol", "sip:carol@198.51.100.8:5060");
  const names = async (owner: string) => (await world.recording.messages(owner)).map(({ from }) => from.name);
  for (let i = 0; i < 3; i++) await world.deliver("as ever");
  const { users } = world.pager;
  const before = users.get(ALICE)!;
  users.set(ALICE, { ...before, displayName: "Alice Liddell" });
  for (let i = 0; i < 3; i++) await world.deliver("by another name");
  assert.deepEqual((await names(ALICE)).slice(-3), ["Alice Liddell", "Alice Liddell", "Alice Liddell"]);
  users.set(ALICE, before);

  for (let i = 0; i < 3; i++) await world.deliver("hidden", { headers: "Privacy: id\r\n" });
  await world.deliver("shown again");
  const hidden = world.recording.list(BOB).find((one) => one.with === HIDDEN)!;
  assert.equal(hidden.messages, 3);

  await world.deliver("to carol", { uri: CAROL });
  await world.deliver("to bob");
  assert.deepEqual(await world.recording.texts(CAROL), ["to carol"]);

  await world.recording.wishes.set(BOB, "nothing");
  await world.deliver("for alice alone");
  await world.recording.wishes.set(BOB, null);
  await world.deliver("for both");
  await world.recording.desk.order(ALICE, BOB, "stop", "");
  await world.deliver("for bob alone");
  assert.equal((await world.recording.texts(ALICE)).at(-1), "for both");
  const bobs = (await world.recording.texts(BOB)).filter((text) => text !== "hidden");
  assert.deepEqual(bobs.slice(-3), ["to bob", "for both", "for bob alone"]);
  assert.deepEqual(world.faults, []);
});

Deno.test("from elsewhere, too: who it is from is looked at with each message", async () => {
  await using world = await PagerRecording.open();
  world.recording.settings.record = "everything";
  world.pager.device("bob", DEVICE);
  for (const who of ["dave", "dave", "dave", "erin", "dave", "erin", "erin", "erin"]) {
    await world.deliver(who, { from: `sip:${who}@elsewhere.test` });
  }
  for (const message of await world.recording.messages(BOB)) {
    assert.equal(message.from.uri, `sip:${new TextDecoder().decode(message.body)}@elsewhere.test`);
  }
  const counts = world.recording.list(BOB).map((one) => [one.with, one.messages]).sort();
  assert.deepEqual(counts, [["sip:dave@elsewhere.test", 4], ["sip:erin@elsewhere.test", 4]]);
});

type Happening =
  | { readonly kind: "said"; readonly by: number; readonly again: boolean }
  | { readonly kind: "wish"; readonly aor: string; readonly record: "everything" | "nothing" | null }
  | { readonly kind: "order"; readonly aor: string; readonly action: "start" | "stop" }
  | { readonly kind: "setting"; readonly enabled: boolean }
  | { readonly kind: "remove"; readonly aor: string }
  | { readonly kind: "later"; readonly hours: number };

const aor = fc.constantFrom(ALICE, BOB);
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("said" as const), by: fc.nat(2), again: fc.boolean() }) },
  fc.record({ kind: fc.constant("wish" as const), aor, record: fc.constantFrom("everything", "nothing", null) }),
  fc.record({ kind: fc.constant("order" as const), aor, action: fc.constantFrom("start", "stop") }),
  fc.record({ kind: fc.constant("setting" as const), enabled: fc.boolean() }),
  fc.record({ kind: fc.constant("remove" as const), aor }),
  fc.record({ kind: fc.constant("later" as const), hours: fc.constantFrom(1, 5) }),
);

const LISTS = [
  [listener(ALICE, BOB), listener(BOB, ALICE)],
  [listener(BOB, ALICE), listener(ALICE, BOB)],
  [listener(ALICE, BOB)],
] as const;

/** What is kept of all that happens; `given`: the list that comes with a message. */
async function kept(all: readonly Happening[], given: (list: readonly Listener[]) => readonly Listener[]) {
  await using world = await RecordingWorld.open({ octets: 200 });
  Object.assign(world.settings, { record: "everything", quota_bytes: 200 });
  const seen: unknown[] = [];
  let said = 0;
  for (const one of all) {
    switch (one.kind) {
      case "said":
        if (!one.again) said++;
        await world.pager(saying(`message ${said}`, { messageId: `${said}` }), given(LISTS[one.by]));
        break;
      case "wish":
        await world.wishes.set(one.aor, one.record);
        break;
      case "order":
        await world.desk.order(one.aor, one.aor === ALICE ? BOB : ALICE, one.action, "");
        break;
      case "setting":
        world.settings.enabled = one.enabled;
        world.desk.settingsChanged();
        break;
      case "remove":
        await world.kept.history.remove(one.aor, world.list(one.aor).slice(0, 1).map(({ reference }) => reference));
        break;
      case "later":
        world.time.advance(one.hours * 3_600_000);
    }
    await world.settled();
    for (const owner of [ALICE, BOB]) {
      const recordings = world.list(owner).map(({ messages, open, with: peer }) => ({ messages, open, peer }));
      seen.push([owner, await world.texts(owner), recordings]);
    }
  }
  return seen;
}

Deno.test("whatever happens: the same is kept where a list comes again as where each message has one of its own", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { minLength: 3, maxLength: 24 }), async (all) => {
      assert.deepEqual(await kept(all, (list) => list), await kept(all, (list) => [...list]));
    }),
    { numRuns: 60 },
  );
});

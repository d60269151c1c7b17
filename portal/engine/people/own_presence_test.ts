import { deepEqual, equal } from "node:assert/strict";
import { PrivacyDocument } from "../settings/privacy_document.ts";
import { MemoryStore } from "../memory_store.ts";
import { OwnPresence } from "./own_presence.ts";
import { EngineWorld, FakeRest, twoTabs } from "./testing/engine_world.ts";

const PATH = "/users/sip:alice@home.test/privacy";

function world(given: ConstructorParameters<typeof EngineWorld>[0] & { invisible?: boolean } = {}) {
  let flags = { invisible: given.invisible ?? false, locatable: false };
  const rest = given.rest ?? new FakeRest().on(`GET ${PATH}`, () => flags)
    .on(`PATCH ${PATH}`, (body) => flags = { ...flags, ...body as typeof flags });
  const made = new EngineWorld({ ...given, rest });
  const privacy = new PrivacyDocument(made.parts);
  return { world: made, rest, privacy, own: new OwnPresence(made.parts, privacy), flags: () => flags };
}

const published = (one: EngineWorld) => one.tell("onPublished", true, null);

Deno.test("who has nothing to say publishes nothing; a status outlives a reload and is published again", async () => {
  const store = new MemoryStore();
  const first = world({ store });
  first.world.state.value = "online";
  deepEqual(first.world.client.published, []);
  const done = first.own.set({ status: "busy", note: "Exam", until: 0 });
  published(first.world);
  equal(await done, null);
  const second = world({ store });
  await second.world.settled();
  deepEqual(second.own.own.value, { status: "busy", note: "Exam", until: 0 });
  deepEqual(second.world.client.published, []);
  second.world.state.value = "online";
  deepEqual(second.world.client.published, ["busy Exam"]);
});

Deno.test("invisible is set at the service, and nothing else is said before it ends", async () => {
  const one = world();
  one.world.state.value = "online";
  await one.world.settled();
  equal(await one.own.set({ status: "invisible", note: "", until: one.world.time.now() + 60_000 }), null);
  deepEqual([one.own.own.value.status, one.flags().invisible], ["invisible", true]);
  one.rest.down = 503;
  await one.world.pass(61_000);
  equal(one.own.own.value.status, "invisible");
  one.rest.down = -1;
  await one.world.pass(31_000);
  deepEqual([one.own.own.value.status, one.flags().invisible], ["available", false]);
});

Deno.test("where the service cannot be asked nobody is told to be invisible, or to be seen", async () => {
  const one = world();
  await one.world.settled();
  one.rest.down = 0;
  equal((await one.own.set({ status: "invisible", note: "", until: 0 }))?.status, 0);
  equal(one.own.own.value.status, "available");
  one.rest.down = -1;
  equal(await one.own.set({ status: "invisible", note: "", until: 0 }), null);
  one.rest.down = 0;
  equal((await one.own.set({ status: "away", note: "", until: 0 }))?.status, 0);
  equal(one.own.own.value.status, "invisible");
});

Deno.test("what another device says of being invisible counts", async () => {
  const one = world({ invisible: true });
  await one.world.settled();
  equal(one.own.own.value.status, "invisible");
  await one.rest.send("PATCH", PATH, { invisible: false });
  one.world.tell("onDocuments", ["org.parley.privacy/users/sip:alice@home.test/index"]);
  await one.world.settled();
  equal(one.own.own.value.status, "available");
});

Deno.test("a status that the service refuses is taken back, one it does not answer is kept", async () => {
  const one = world();
  one.world.state.value = "online";
  const refused = one.own.set({ status: "busy", note: "", until: 0 });
  one.world.tell("onPublished", false, { status: 413, text: "Too long.", retryAfter: 0 });
  equal((await refused)?.status, 413);
  equal(one.own.own.value.status, "available");
  deepEqual(one.world.client.published, ["busy", "available"]);
  published(one.world);
  const silent = one.own.set({ status: "away", note: "", until: 0 });
  one.world.tell("onPublished", false, { status: 503, text: "", retryAfter: 0 });
  equal(await silent, null);
  const late = one.own.set({ status: "lazy", note: "", until: 0 });
  equal((await late)?.status, 400);
  const waits = one.own.set({ status: "vacation", note: "", until: 0 });
  await one.world.pass(6_000);
  equal(await waits, null);
  equal(one.own.own.value.status, "vacation");
});

Deno.test("a status ends by itself, also over a reload", async () => {
  const store = new MemoryStore();
  const one = world({ store });
  const until = one.world.time.now() + 30_000;
  equal(await one.own.set({ status: "meeting", note: "", until }), null);
  await one.world.pass(31_000);
  equal(one.own.own.value.status, "available");
  deepEqual(one.world.client.published, [`meeting  ${until}`, "available"]);
  equal(await one.own.set({ status: "meeting", note: "", until: until + 60_000 }), null);
  const later = world({ store });
  later.world.time.jump(200_000);
  const much = new OwnPresence(later.world.parts, later.privacy);
  equal(much.own.value.status, "available");
});

Deno.test("what one tab says the other says, too", async () => {
  const store = new MemoryStore();
  const [left, right] = twoTabs();
  const [one, two] = [world({ store, tabs: left }), world({ store, tabs: right })];
  await one.own.set({ status: "busy", note: "", until: 0 });
  equal(two.own.own.value.status, "busy");
  deepEqual(two.world.client.published, ["busy"]);
  right.onValue({ what: "people.own", kept: '{"said":{"status":"<b>"}}' });
  right.onValue(null);
  equal(two.own.own.value.status, "busy");
});

Deno.test("a place that is refused is taken back", async () => {
  const one = world();
  one.world.state.value = "online";
  const shared = one.own.share({ latitude: 1, longitude: 2, radius: 0, place: "" });
  one.world.tell("onPublished", false, { status: 400, text: "No.", retryAfter: 0 });
  equal((await shared)?.text, "No.");
  deepEqual(one.world.client.places.map((place) => place?.chunks[0].kind ?? null), ["point", null]);
});

import { deepEqual, equal, ok } from "node:assert/strict";
import { MemoryStore } from "../memory_store.ts";
import { EngineWorld, FakeRest, refusal, twoTabs } from "../people/testing/engine_world.ts";
import { Settings } from "./settings.ts";

const ME = "/users/sip:alice@home.test";
const ANSWERS = "/org.parley.quick-answers/users/sip:alice@home.test/index";
const PRIVACY = { contacts_only: null, searchable_by_number: true, invisible: false, locatable: false };
const HISTORY = {
  allowed: true,
  record: "default",
  in_force: "everything",
  keep_days: 30,
  taken: { octets: 5, conversations: 1, messages: 2 },
  quota: { octets: 100, conversations: 10 },
};
const PROFILE = { display_name: "Alice", birth_date: "", gender: "", hobbies: ["go", "chess"], addresses: [] };

function service(): FakeRest {
  return new FakeRest()
    .on(`GET ${ME}/privacy`, () => PRIVACY)
    .on(`GET ${ME}/profile`, () => ({ uri: "", profile: PROFILE, locked: { birth_date: "1980-01-31", hobbies: [] } }))
    .on("GET /me/history/settings", () => HISTORY)
    .on("XCAP GET", () => {
      throw refusal(404);
    });
}

async function settings(given: ConstructorParameters<typeof EngineWorld>[0] = {}) {
  const rest = given.rest ?? service();
  const world = new EngineWorld({ ...given, rest });
  const made = new Settings(world.parts);
  await world.settled();
  return { world, rest, settings: made };
}

Deno.test("each part is read, and fails, alone", async () => {
  const rest = service().on(`GET ${ME}/profile`, () => {
    throw refusal(503, "Later.");
  });
  const { settings: { profile, privacy, recording, quickAnswers, problem } } = await settings({ rest });
  deepEqual(
    [profile.state.value, privacy.state.value, recording.state.value, quickAnswers.state.value],
    ["failed", "ready", "unasked", "ready"],
  );
  equal(problem.value?.text, "Later.");
});

Deno.test("profile: what is vouched for is fixed, values in a row are parted by commas, unchanged ones are not sent", async () => {
  const { rest, settings: { profile } } = await settings();
  const field = (name: string) => profile.fields.value.find((one) => one.name === name)!;
  deepEqual([field("birth_date").fixed, field("birth_date").value], [true, "1980-01-31"]);
  deepEqual([field("hobbies").value, field("hobbies").fixed], ["go, chess", false]);
  deepEqual([field("gender").choices, field("given_name").shown], [["", "female", "male"], false]);
  rest.on(`PATCH ${ME}/profile`, (body) => ({ uri: "", profile: { ...PROFILE, ...body as object }, locked: null }));
  equal(await profile.change({ display_name: "Alice", hobbies: "go,  chess,\nbridge, " }), null);
  deepEqual(rest.bodies.at(-1), { hobbies: ["go", "chess", "bridge"] });
  equal(field("hobbies").value, "go, chess, bridge");
  const asked = rest.asked.length;
  equal(await profile.change({ display_name: "Alice" }), null);
  deepEqual((await profile.change({ shoe_size: "44" }))?.fields, { shoe_size: "" });
  equal(rest.asked.length, asked);
});

Deno.test("privacy: what the service has no place for is kept here, for all tabs; without room it is refused", async () => {
  const store = new MemoryStore();
  const [left, right] = twoTabs();
  const one = await settings({ store, tabs: left });
  const two = await settings({ store, tabs: right });
  const { privacy } = one.settings;
  deepEqual([privacy.contactsOnly.value, privacy.searchable.value, privacy.tellDisplayed.value], [false, true, true]);
  equal(await privacy.change({ tellDisplayed: false }), null);
  ok(!two.settings.privacy.tellDisplayed.value && two.settings.privacy.tellWriting.value);
  const again = await settings({ store });
  ok(!again.settings.privacy.tellDisplayed.value);
  const full = await settings({ store: new MemoryStore(3) });
  equal((await full.settings.privacy.change({ tellWriting: false }))?.status, 507);
  ok(full.settings.privacy.tellWriting.value);
  one.rest.on(`PATCH ${ME}/privacy`, (body) => ({ ...PRIVACY, ...body as object }));
  equal(await privacy.change({ contactsOnly: true }), null);
  deepEqual(one.rest.bodies.at(-1), { contacts_only: true });
  ok(privacy.contactsOnly.value);
});

Deno.test("recording: as it is in force, once the user has said; forbidden where it is", async () => {
  const states: string[] = [];
  for (const more of [{ record: "everything" }, { record: "nothing", in_force: "nothing" }, { allowed: false }]) {
    const rest = service().on("GET /me/history/settings", () => ({ ...HISTORY, ...more }));
    states.push((await settings({ rest })).settings.recording.state.value);
  }
  deepEqual(states, ["on", "off", "forbidden"]);
  const { rest, settings: { recording } } = await settings();
  deepEqual([recording.taken.value, recording.keepDays.value], [{ octets: 5, quota: 100, conversations: 1 }, 30]);
  rest.on("PUT /me/history/settings", () => {
    throw refusal(403, "Not here.");
  });
  equal((await recording.set(true))?.text, "Not here.");
  equal(recording.state.value, "unasked");
});

Deno.test("quick answers: in the order that they have, each written as it was with its language, safely", async () => {
  const body = `<q:quick-answers xmlns:q="urn:parley:xml:quick-answers">
    <q:quick-answer id="b" order="2"><q:text>Later</q:text></q:quick-answer>
    <q:quick-answer id="a" order="1"><q:text xml:lang="de">  Bin   gleich da </q:text></q:quick-answer>
  </q:quick-answers>`;
  let stored = { body, etag: '"1"', status: 200, type: "" };
  const rest = service().on(`XCAP GET ${ANSWERS}`, () => stored)
    .on(`XCAP PUT ${ANSWERS}`, (more) => stored = { ...stored, ...more as object, etag: '"2"' });
  const { settings: { quickAnswers } } = await settings({ rest });
  deepEqual(quickAnswers.list.value, ["Bin gleich da", "Later"]);
  equal(await quickAnswers.save(["<b>", "Bin gleich da"]), null);
  const sent = rest.bodies.at(-1) as { body: string; ifMatch: string };
  equal(sent.ifMatch, '"1"');
  ok(sent.body.includes('<quick-answer id="a"><text xml:lang="de">Bin gleich da</text></quick-answer>'), sent.body);
  ok(sent.body.includes("<text>&#60;b"));
  deepEqual(quickAnswers.list.value, ["<b>", "Bin gleich da"]);
  rest.on(`XCAP PUT ${ANSWERS}`, () => {
    stored = { ...stored, body: '<quick-answers xmlns="urn:parley:xml:quick-answers"/>', etag: '"3"' };
    throw refusal(412);
  });
  equal((await quickAnswers.save(["x"]))?.status, 412);
  deepEqual(quickAnswers.list.value, []);
});

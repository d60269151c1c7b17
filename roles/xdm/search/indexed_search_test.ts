import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { systemClock } from "../../../foundation/mod.ts";
import { XcapProblem } from "../../../transport/xcap/mod.ts";
import { FakeDocuments } from "../testing/fake_documents.ts";
import { XdmWorld } from "../testing/xdm_world.ts";
import type { Condition } from "./condition.ts";
import { latestBirthDate } from "./indexed_search.ts";
import { Matcher } from "./matcher.ts";
import { Pace } from "./pace.ts";
import { PEOPLE } from "./search_target.ts";
import { is, namesOf, profileText, SearchWorld } from "./testing/search_world.ts";

const ANYBODY: Condition = { kind: "not", of: is("display-name", "Nobody") };
const aor = (name: string) => `sip:${name}@example.test`;
const named = (name: string, more = "") => `<display-name>${name}</display-name>${more}`;
const born = (day: string) => `<birth-date>${day}</birth-date>`;
const found = (world: SearchWorld, where: Condition = ANYBODY, by = "alice") => world.found(aor(by), where);

async function worldOf(people: Readonly<Record<string, string>>): Promise<SearchWorld> {
  const world = await SearchWorld.open();
  await world.add(aor("alice"), named("Alice"));
  for (const [name, elements] of Object.entries(people)) await world.add(aor(name), elements);
  return world;
}

Deno.test("mandatory fields, of whatever kind, keep out who lacks them, on both sides", async () => {
  const world = await worldOf({
    bob: named("Bob", "<hobbies><hobby>Chess</hobby></hobbies>"),
    carol: named("Carol", "<hobbies><hobby> </hobby></hobbies>"),
  });
  world.settings.mandatory = ["display-name", "hobby"];
  await rejects(found(world), /fill in hobby in your own profile first/);
  await world.profile(aor("alice"), named("Alice", "<hobbies><hobby>Go</hobby></hobbies>"));
  equal(await found(world), "bob");
  world.settings.mandatory = [];
  equal(await found(world), "bob carol");
  equal(await world.found("sip:stranger@example.test", ANYBODY), "alice bob carol");
});

Deno.test("age is counted to the day, by every birth date that is known", async () => {
  const world = await worldOf({
    eighteen: named("A", born("2008-01-01")),
    tomorrow: named("B", born("2008-01-02")),
    none: named("C"),
    vouched: named("D"),
    liar: named("E", born("1980-01-01")),
    modest: named("F", born("2015-01-01")),
    zone: named("G", born("1990-01-01+14:00")),
    odd: named("H", born("-0044-03-15")),
  });
  await world.profile(aor("vouched"), born("1970-01-01"), "locked-user-profile");
  await world.profile(aor("liar"), born("2014-01-01"), "locked-user-profile");
  await world.profile(aor("modest"), born("1970-01-01"), "locked-user-profile");
  world.settings.minimum_age = 18;
  equal(await found(world), "eighteen vouched zone");
  world.xdm.time.jump(86_400_000);
  equal(await found(world), "eighteen tomorrow vouched zone");
  world.settings.minimum_age = 0;
  equal((await found(world)).split(" ").length, 8);
  equal(latestBirthDate(Date.UTC(2026, 1, 28), 18), "2008-02-28", "who was born on the 29th is not 18 yet");
  equal(latestBirthDate(Date.UTC(2026, 2, 1), 18), "2008-03-01");
});

Deno.test("suspended, barred, unsubscribed and removed users are not found; a bar ends by itself", async () => {
  const world = await worldOf({});
  await world.add(aor("bob"), named("B"), { state: "suspended" });
  await world.add(aor("carol"), named("C"), { state: "barred", barredUntil: world.xdm.time.now() + 1000 });
  await world.add(aor("dora"), named("D"), { state: "unsubscribed" });
  await world.add(aor("evan"), named("E"));
  world.subscribers.delete(aor("evan"));
  equal(await found(world), "");
  world.xdm.time.advance(1000);
  equal(await found(world), "carol");
});

Deno.test("by number: who says so, else as the operator says, and never by anything but the number itself", async () => {
  const world = await SearchWorld.open();
  await world.add(aor("alice"), named("Alice"));
  for (const [i, name] of ["yes", "no", "open", "unsaid", "+15550104"].entries()) {
    await world.add(aor(name), named(name), { e164: `+1555010${i}` });
  }
  await world.choose(aor("yes"), true);
  await world.choose(aor("no"), false);
  await world.choose(aor("open"), null);
  const numbers: Condition = { kind: "any", of: [0, 1, 2, 3, 4].map((i) => is("comm-addr", `tel:+1555010${i}`)) };
  equal(await found(world, numbers), "yes");
  world.privacy.found_by_number = true;
  equal(await found(world, numbers), "+15550104 open unsaid yes");
  equal(await found(world, ANYBODY), "no open unsaid yes");
  equal(await found(world, { kind: "not", of: numbers }), "no", "the number of who is not found by it says nothing");
  await world.choose(aor("yes"), false);
  equal(await found(world, is("comm-addr", "+15550100")), "");
});

Deno.test("who has blocked the searcher is not found; a block list that cannot be read finds nobody", async () => {
  const world = await worldOf({ bob: named("Bob"), carol: named("Carol") });
  world.blocks.add(`${aor("bob")} ${aor("alice")}`);
  equal(await found(world), "carol");
  equal(await found(world, ANYBODY, "carol"), "alice bob");
  world.trouble = new Error("disk");
  await rejects(found(world), { kind: "unavailable" });
});

Deno.test("as many as are wanted and let out, in order; of one's own domain or all", async () => {
  const world = await worldOf(Object.fromEntries(["d", "b", "e", "c"].map((name) => [name, named(name)])));
  await world.add("sip:z@other.test", named("z"));
  equal(await world.found(aor("alice"), ANYBODY, 2), "b c …");
  equal(await world.found(aor("alice"), ANYBODY, 5), "b c d e z@other.test");
  equal(await world.found(aor("alice"), ANYBODY, 0), " …");
  equal(await world.found(aor("alice"), ANYBODY, null, "own"), "b c d e");
  world.settings.max_results = 3;
  equal(await world.found(aor("alice"), ANYBODY, 1000), "b c d …");
});

Deno.test("the index follows every change, and what changed while it was read", async () => {
  const documents = new FakeDocuments();
  const writer = await XdmWorld.open(documents);
  for (const name of ["alice", "bob", "carol", "dora"]) {
    const path = `org.openmobilealliance.user-profile/users/${aor(name)}/user-profile`;
    await writer.put(path, profileText(aor(name), named(name)), { kind: "user", aor: aor(name) } as never);
  }
  const world = await SearchWorld.open(documents);
  for (const name of ["alice", "bob", "carol", "dora"]) await world.add(aor(name), null);
  // Held back in the middle of its read, while the document becomes another one.
  const gate = Promise.withResolvers<void>();
  const read = documents.read.bind(documents);
  documents.read = async (...key) => {
    const was = await read(...key);
    if (key[1] === aor("carol")) await gate.promise;
    return was;
  };
  const reading = found(world);
  while (world.index.people.size < 2) await new Promise((resolve) => setTimeout(resolve));
  await world.profile(aor("bob"), named("Bobby"));
  await world.removeProfile(aor("alice"));
  world.index.forget(aor("dora"));
  gate.resolve();
  await rejects(reading, /fill in display-name/, "alice has no profile any more");
  equal(await found(world, ANYBODY, "bob"), "carol");
  await world.profile(aor("alice"), named("Alice"));
  equal(await found(world, is("display-name", "bobby")), "bob");
  equal(await found(world, is("display-name", "bob")), "");
});

Deno.test("a document that cannot be read fails the searches until it can", async () => {
  const documents = new FakeDocuments();
  const writer = await XdmWorld.open(documents);
  await writer.put(
    `org.openmobilealliance.user-profile/users/${aor("alice")}/user-profile`,
    profileText(aor("alice"), named("A")),
  );
  const world = await SearchWorld.open(documents);
  const read = documents.read.bind(documents);
  documents.read = () => Promise.reject(new XcapProblem(503, "The store does not answer."));
  await rejects(found(world), { kind: "unavailable" });
  documents.read = read;
  equal(await found(world), "");
  world.index.close();
});

Deno.test("rooms: those of active owners and of the operator that want to be found, and only while they do", async () => {
  const world = await worldOf({ bob: named("Bob") });
  const room = (name: string, flag = "<oxe:searchable>true</oxe:searchable>") =>
    `<list-service uri="${aor(name)}"><display-name>Room ${name}</display-name>${flag}</list-service>`;
  const group = (...rooms: string[]) =>
    `<group xmlns="urn:oma:xml:poc:list-service" xmlns:oxe="urn:oma:xml:xdm:extensions">${rooms.join("")}</group>`;
  const bob = { kind: "user", aor: aor("bob") } as never;
  const path = `org.openmobilealliance.groups/users/${aor("bob")}/mine`;
  await world.xdm.put(path, group(room("r1"), room("r2"), room("r3", "")), bob);
  await world.xdm.put(
    "org.openmobilealliance.groups/global/all",
    group(room("hall")),
    { kind: "operator", name: "x" } as never,
  );
  const rooms = async (where: Condition | null = null) =>
    namesOf(await world.search.rooms(aor("alice"), where, { most: null, domain: "home" })).replaceAll("sip:", "");
  equal(await rooms(), "hall r1 r2");
  equal(await rooms(is("display-name", "room R2")), "r2");
  await world.xdm.put(path, group(room("r2"), room("r4")), bob);
  equal(await rooms(), "hall r2 r4");
  world.subscribers.set(aor("bob"), { ...world.subscribers.get(aor("bob"))!, state: "suspended" });
  equal(await rooms(), "hall");
  world.index.forget(aor("bob"));
  world.subscribers.set(aor("bob"), { ...world.subscribers.get(aor("bob"))!, state: "active" });
  equal(await rooms(), "hall");
});

Deno.test("groups: one's own, those one is a member of by address or number, and public ones that one uses", async () => {
  const world = await worldOf({ bob: named("Bob"), carol: named("Carol") });
  world.subscribers.set(aor("carol"), { ...world.subscribers.get(aor("carol"))!, e164: "+15550100" });
  const OPEN = '<cp:rule id="all"><cp:conditions><ocp:other-identity/></cp:conditions><cp:actions><join-handling>true' +
    "</join-handling></cp:actions></cp:rule>";
  const room = (name: string, list: readonly string[] = [], rules = "", more = "") =>
    `<list-service uri="${aor(name)}"><display-name>${name}</display-name><list>${
      list.map((uri) => `<entry uri="${uri}"/>`).join("")
    }</list><cp:ruleset>${rules}</cp:ruleset>${more}</list-service>`;
  const group = (...rooms: string[]) =>
    `<group xmlns="urn:oma:xml:poc:list-service" xmlns:oxe="urn:oma:xml:xdm:extensions" xmlns:ocp="urn:oma:xml:xdm:common-policy" ` +
    `xmlns:cp="urn:ietf:params:xml:ns:common-policy">${rooms.join("")}</group>`;
  const put = (owner: string, name: string, text: string) =>
    world.xdm.put(`org.openmobilealliance.groups/users/${aor(owner)}/${name}`, text, {
      kind: "user",
      aor: aor(owner),
    } as never);
  await put("bob", "mine", group(room("tea", [aor("alice"), "tel:+15550100"]), room("hall", [], OPEN)));
  await put("bob", "secret", group(room("attic")));
  await put("carol", "hers", group(room("zoo", [aor("alice")], OPEN)));
  const known = async (name: string) =>
    (await world.search.groups(aor(name))).map(({ uri, mine, isPublic, members }) =>
      `${uri.replace(/^sip:|@.*/g, "")}${mine ? " mine" : ""}${isPublic ? " public" : ""} ${members}`
    );
  deepEqual(await known("bob"), ["attic mine 0", "hall mine public 0", "tea mine 2"]);
  const open = async () =>
    (await world.search.openGroups()).after("", 10).map(({ id, owner }) =>
      `${id} ${owner}`.replace(/sip:|@[^ ]*/g, "")
    );
  deepEqual(await open(), ["hall bob", "zoo carol"]);
  deepEqual(await known("alice"), ["tea 2", "zoo public 1"]);
  deepEqual(await known("carol"), ["tea 2", "zoo mine public 1"]);
  const lists = (...uris: string[]) =>
    `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list name="rooms">${
      uris.map((uri) => `<entry uri="${uri}"/>`).join("")
    }</list></resource-lists>`;
  await world.xdm.put(
    `org.openmobilealliance.group-usage-list/users/${aor("carol")}/index`,
    lists(aor("hall"), aor("attic"), aor("nowhere"), "http://x.test/"),
    { kind: "user", aor: aor("carol") } as never,
  );
  deepEqual(await known("carol"), ["hall public -1", "tea 2", "zoo mine public 1"], "of private ones nothing is told");
  await put("bob", "mine", group(room("tea")));
  deepEqual(await known("carol"), ["zoo mine public 1"]);
  deepEqual(await open(), ["zoo carol"], "its document lets nobody in any more");
  world.index.forget(aor("carol"));
  deepEqual(await known("alice"), []);
  deepEqual(await open(), []);
});

Deno.test("work pauses as soon as its slice is used up, and ends where it takes too long or too many steps", async () => {
  let now = 0;
  const clock = { now: () => now, monotonic: () => now };
  const pace = new Pace(clock, 1000, 100_000);
  equal(pace.due(999), false);
  now = 4;
  equal(pace.due(1), false);
  now = 5;
  equal(pace.due(1000), true);
  await pace.pause();
  equal(pace.due(1000), false);
  now = 1001;
  await rejects(async () => void pace.due(1000), { kind: "unavailable" });
  const other = new Pace(clock, Infinity, 10);
  await rejects(async () => void other.due(11), /takes too long/);
});

Deno.test("10,000 profiles are searched fast, in slices, also by the largest condition there may be", async () => {
  const world = await worldOf({});
  await found(world);
  const values = PEOPLE.fields.map(() => [{ text: "x", key: "x" }]);
  for (let i = 0; i < 10_000; i++) {
    const id = `u${String(i).padStart(5, "0")}@example.test`;
    world.subscribers.set(`sip:${id}`, { ...world.subscribers.get(aor("alice"))!, aor: `sip:${id}` });
    world.index.people.set({ id, aor: `sip:${id}`, values, filled: ~0, birthDate: "1990-01-01" });
  }
  const where: Condition = { kind: "any", of: Array.from({ length: 128 }, (_, i) => is("hobby", `h${i}`)) };
  const start = systemClock.monotonic();
  equal(await found(world, where), "");
  const took = systemClock.monotonic() - start;
  ok(took < 2000, `${took} ms`);
  const matcher = new Matcher(where, PEOPLE, () => "");
  deepEqual(matcher.size, 128);
});

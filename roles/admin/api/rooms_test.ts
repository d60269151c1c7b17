import assert from "node:assert/strict";
import { SearchRefusal } from "../../xdm/mod.ts";
import { apiOver, ask } from "../testing/api_client.ts";
import { type FakeWorld, withEverybody } from "../testing/fake_services.ts";

const aor = (name: string) => `sip:${name}@example.test`;
const HIDDEN = { isPublic: true, hidesIdentity: true } as const;

async function box() {
  const world = await withEverybody();
  const lunch = world.rooms.open({ subject: "Lunch", creator: aor("alice"), people: [[aor("alice")], [aor("bob")]] });
  const lobby = world.rooms.open({
    group: aor("lobby"),
    creator: aor("alice"),
    terms: { ...HIDDEN, displayName: "The Lobby", subject: "Sailing" },
    people: [[aor("alice")], [aor("bob"), { nickname: "Sailor", standing: "absent", waiting: 3 }]],
    kept: 3,
    recorders: 1,
  });
  return { world, api: apiOver(world), lunch, lobby };
}

/** All pages, by the Link line. */
async function pages(world: FakeWorld, path: string, of: string, token: string): Promise<string[][]> {
  const found: string[][] = [];
  for (let next = path; next !== "";) {
    const { status, json, headers } = await ask(apiOver(world), "GET", next, { token });
    assert.equal(status, 200, next);
    found.push(json[of].map(({ id, uri }: { id?: string | number; uri: string }) => String(id ?? uri)));
    const link = headers.get("link");
    next = link === null ? "" : link.slice("</api/v1".length, link.indexOf(">"));
  }
  return found;
}

Deno.test("rooms that stand are listed newest first, found by words, in pages", async () => {
  const { world, api, lunch, lobby } = await box();
  const token = await world.logIn("auditor");
  const ids = async (search: string) => {
    const { json } = await ask(api, "GET", `/rooms?search=${encodeURIComponent(search)}`, { token });
    assert.equal(json.total, json.rooms.length);
    return json.rooms.map(({ id }: { id: string }) => id);
  };
  assert.deepEqual(await ids(""), [lobby.id, lunch.id]);
  assert.deepEqual(await ids("  LUNCH "), [lunch.id]);
  assert.deepEqual(await ids("sail lobby"), [lobby.id]);
  assert.deepEqual(await ids("sail lunch"), []);
  const { json } = await ask(api, "GET", "/rooms", { token });
  const { kind, name, subject, here, away, messages, since } = json.rooms[0];
  assert.deepEqual(
    { kind, name, subject, here, away, messages, since },
    { kind: "public", name: "The Lobby", subject: "Sailing", here: 1, away: 1, messages: 3, since: lobby.createdAt },
  );
  for (let i = 0; i < 5; i++) world.rooms.open();
  assert.deepEqual(await pages(world, "/rooms?limit=3", "rooms", token), [
    ["conf-7", "conf-6", "conf-5"],
    ["conf-4", "conf-3", "conf-2"],
    ["conf-1"],
  ]);
  for (const wrong of ["?limit=0", "?limit=501", "?text=x", `?search=${"x".repeat(201)}`]) {
    assert.equal((await ask(api, "GET", `/rooms${wrong}`, { token })).status, 422, wrong);
  }
});

Deno.test("a page goes on behind its place though the room there has ended meanwhile", async () => {
  const { world, api, lunch, lobby } = await box();
  const token = await world.logIn("help-desk");
  const { json } = await ask(api, "GET", "/rooms?limit=1", { token });
  assert.equal((await ask(api, "DELETE", `/rooms/${lobby.id}`, { token })).status, 204);
  const next = await ask(api, "GET", `/rooms?limit=1&after=${json.next}`, { token });
  assert.deepEqual(next.json.rooms.map(({ id }: { id: string }) => id), [lunch.id]);
});

Deno.test("in a room that hides people no role learns who they are, by no answer, search or audit entry", async () => {
  const { world, api, lobby } = await box();
  const token = await world.logIn("owner");
  const told: string[] = [];
  const get = async (path: string) => {
    const { text, json } = await ask(api, "GET", path, { token });
    told.push(text);
    return json;
  };
  for (const name of ["alice", "bob"]) {
    const { rooms } = await get(`/rooms?search=${name}`);
    assert.ok(!rooms.some(({ id }: { id: string }) => id === lobby.id), name);
  }
  told.length = 0;
  assert.equal((await get(`/rooms/${lobby.id}`)).creator, "");
  const { people } = await get(`/rooms/${lobby.id}/people`);
  assert.deepEqual(
    people.map(({ id, name, uri, user, waiting }: Record<string, unknown>) => ({ id, name, uri, user, waiting })),
    [
      { id: 1, name: "Anonymous 1", uri: "sip:anonymous-1@anonymous.invalid", user: "", waiting: 0 },
      { id: 2, name: "Sailor", uri: "sip:anonymous-2@anonymous.invalid", user: "", waiting: 3 },
    ],
  );
  await get("/rooms?search=lobby");
  assert.equal((await ask(api, "DELETE", `/rooms/${lobby.id}/people/2`, { token })).status, 204);
  await get(`/rooms/${lobby.id}/people?gone=true`);
  await get("/audit?event=room.expel");
  assert.match(told.at(-1)!, /anonymous-2@anonymous\.invalid/);
  for (const text of told) assert.doesNotMatch(text, /sip:(?:alice|bob)@/);
});

Deno.test("a room in which people see each other shows them, with who began it, and is found by them", async () => {
  const { world, api, lunch } = await box();
  const token = await world.logIn("auditor");
  const { json: room } = await ask(api, "GET", `/rooms/${lunch.id}`, { token });
  assert.deepEqual([room.creator, room.recorders, room.rules.minimum_age], [aor("alice"), 0, 0]);
  const { json } = await ask(api, "GET", `/rooms/${lunch.id}/people`, { token });
  assert.deepEqual(json.people.map(({ user }: { user: string }) => user), [aor("alice"), aor("bob")]);
  const { json: found } = await ask(api, "GET", "/rooms?search=bob%40", { token });
  assert.deepEqual(found.rooms.map(({ id }: { id: string }) => id), [lunch.id]);
});

Deno.test("somebody is sent out once and the room ended once, by who may, told why, in the audit log", async () => {
  const { world, api, lunch } = await box();
  const token = await world.logIn("help-desk");
  const expel = () => ask(api, "DELETE", `/rooms/${lunch.id}/people/2`, { token });
  assert.equal((await expel()).status, 204);
  const again = await expel();
  assert.equal(again.status, 404);
  assert.match(again.json.detail, /nobody with the number 2/);
  const end = () => ask(api, "DELETE", `/rooms/${lunch.id}`, { token });
  assert.equal((await end()).status, 204);
  assert.equal((await end()).status, 404);
  assert.deepEqual(world.rooms.done, [
    `${lunch.id} expel 2: An administrator has put you out of the room`,
    `${lunch.id} end: operator`,
  ]);
  assert.deepEqual(
    world.audit.records.filter(({ event }) => event.startsWith("room.")).map(({ event, actor, facts }) => [
      event,
      actor,
      facts,
    ]),
    [
      ["room.expel", "admin:help-desk", { room: lunch.uri, who: aor("bob") }],
      ["room.end", "admin:help-desk", { room: lunch.uri }],
    ],
  );
});

Deno.test("public rooms by documents: whose, for whom, whether they stand; in pages, by words, 503 where unreadable", async () => {
  const { world, api, lobby } = await box();
  const token = await world.logIn("auditor");
  world.rooms.group(aor("lobby"), { displayName: "The Lobby", minimumAge: 16 });
  world.rooms.group(aor("square"), { owner: aor("alice"), subject: "Chess" });
  world.rooms.group(aor("attic"));
  const { json } = await ask(api, "GET", "/rooms/public?search=the+LOBBY", { token });
  assert.deepEqual(json, {
    groups: [{
      uri: aor("lobby"),
      owner: "",
      name: "The Lobby",
      subject: "",
      searchable: true,
      minimum_age: 16,
      max_participants: 0,
      room: lobby.id,
    }],
    next: "",
    total: 1,
  });
  assert.equal((await ask(api, "GET", `/rooms/${lobby.id}`, { token })).json.rules.minimum_age, 16);
  assert.deepEqual(await pages(world, "/rooms/public?limit=2", "groups", token), [
    [aor("attic"), aor("lobby")],
    [aor("square")],
  ]);
  world.rooms.trouble = new SearchRefusal("unavailable", "The profiles cannot be read at the moment.", 5);
  assert.equal((await ask(api, "GET", "/rooms/public", { token })).status, 503);
});

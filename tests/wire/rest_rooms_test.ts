/** What an admin sees of rooms and does with them, at a real box: over REST, with people in them by SIP and MSRP. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { GROUPS, groupText } from "../support/group_documents.ts";
import { ParleyProcess, users } from "../support/parley.ts";
import { Recorded } from "../support/recorded.ts";
import { ADMIN_PASSWORD, eventually, Rest } from "../support/rest.ts";
import { refusalOf, RoomCaller } from "../support/room_caller.ts";
import type { RoomDialog } from "../support/room_dialog.ts";
import { header } from "../support/sip_client.ts";
import { XcapClient } from "../support/xcap_client.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const address = (name: string) => `sip:${name}@example.test`;
const LOBBY = address("lobby"), DEN = address("den");
const PEOPLE = ["alice", "bob", "carol"];

interface Room {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  readonly here: number;
  readonly away: number;
  readonly messages: number;
  readonly since: number;
  readonly said_at: number;
}
interface Person {
  readonly id: number;
  readonly uri: string;
  readonly user: string;
  readonly standing: string;
  readonly devices: number;
  readonly waiting: number;
  readonly left_by: string | null;
}

let parley: ParleyProcess;
let ada: Rest;
const callers = new Map<string, RoomCaller>();
const as = (name: string): RoomCaller => callers.get(name)!;

Deno.test.beforeAll(async () => {
  parley = await ParleyProcess.start({ users: users(...PEOPLE) });
  ada = await Rest.setUp(parley);
  const lobby = { uri: LOBBY, display_name: "The Lobby", subject: "Sailing", moderators: [address("alice")] };
  (await ada.ask("PUT", "/public-rooms/lobby", { body: lobby })).ok();
  const client = new XcapClient({ user: "alice", domain: parley.domain, port: parley.webPort });
  const den = groupText(DEN, { members: ["bob", "carol"], membersMay: ["join-handling"] });
  ok((await client.put(client.own(GROUPS, "den"), den)).status < 300);
  client.close();
  for (const name of PEOPLE) callers.set(name, await RoomCaller.open(parley, name));
});
Deno.test.afterAll(async () => {
  for (const caller of callers.values()) caller.close();
  await parley?.[Symbol.asyncDispose]();
});

const roomsNow = async (search = "") =>
  (await ada.get<{ rooms: Room[] }>(`/rooms?search=${encodeURIComponent(search)}`)).rooms;
const peopleOf = async (id: string, query = "") =>
  (await ada.get<{ people: Person[] }>(`/rooms/${id}/people${query}`)).people;
/** The Reason of the BYE that ended it. */
const reasonOf = async (dialog: RoomDialog) => header(await dialog.ended(), "reason");

Deno.test(
  "a group's room is there with its people, what waits and how many record it; who is put out is told why and kept out",
  options,
  async () => {
    const bobsPages = await Recorded.signIn(parley, "bob");
    await bobsPages.records("everything");
    const began = Date.now();
    const [alice, bob] = [await as("alice").enters(DEN), await as("bob").enters(DEN)];
    const carol = await as("carol").enters(DEN);
    equal((await alice.say("the gold is under the oak")).status, 200);
    for (const each of [bob, carol]) await each.heard("the gold is under the oak");
    as("carol").peers.at(-1)!.close();
    // Its device has a while to connect again.
    const [room] = await eventually(
      async () => {
        const found = await roomsNow("den CAROL@example.test");
        return found.length === 1 && found[0].here === 2 && found[0].away === 1 && found;
      },
      "carol is cut off",
      40_000,
    );
    equal((await alice.say("no, under the elm")).status, 200);
    await bob.heard("no, under the elm");
    deepEqual([room.kind, room.since >= began, room.said_at >= began], ["group", true, true]);
    const path = `/rooms/${room.id}`;
    const one = await ada.get<Record<string, unknown> & { rules: Record<string, unknown> }>(path);
    deepEqual([one.recorders, one.waiting, one.creator, one.owner, one.messages], [
      1,
      1,
      address("alice"),
      address("alice"),
      1,
    ]);
    deepEqual([one.rules.private_messages, one.rules.ends_at, one.rules.minimum_age], [true, 0, 0]);
    deepEqual(
      (await peopleOf(room.id)).map(({ user, standing, devices, waiting }) => [user, standing, devices, waiting]),
      [
        [address("alice"), "connected", 1, 0],
        [address("bob"), "connected", 1, 0],
        [address("carol"), "absent", 0, 1],
      ],
    );

    const bobs = (await peopleOf(room.id))[1].id;
    await ada.delete(`${path}/people/${bobs}`);
    match(await reasonOf(bob), /An administrator has put you out of the room/);
    equal(refusalOf(await as("bob").invite(DEN)), "403 127 Service not authorised");
    deepEqual((await peopleOf(room.id, "?gone=true")).map(({ user, left_by }) => [user, left_by]), [
      [address("bob"), "booted"],
    ]);
    (await ada.ask("DELETE", `${path}/people/${bobs}`)).refused(404, "not-found");
    equal((await alice.say("others notice nothing")).status, 200);

    await ada.delete(path);
    match(await reasonOf(alice), /The operator has ended the chat/);
    (await ada.ask("GET", path)).refused(404, "not-found");
    deepEqual(await roomsNow("den"), []);
    const text = (await ada.ask("GET", "/audit/export")).text;
    const done = text.trimEnd().split("\n").map((line) => JSON.parse(line)).filter(({ event }) =>
      /^room\.(?:expel|end)$/.test(event)
    );
    deepEqual(done.map(({ event, actor, facts }) => [event, actor, facts.who, facts.group]), [
      ["room.expel", "admin:ada", address("bob"), DEN],
      ["room.end", "admin:ada", undefined, DEN],
    ]);
    ok(!/gold|under the|oak|elm/.test(text + parley.output), "not a word of what was said");
  },
);

Deno.test(
  "a rogue in a public room is sent out by an admin, who learns by no answer and no entry who that is [ADM-1]",
  options,
  async () => {
    const made = await ada.get("/rooms/public?search=sailing");
    deepEqual(made, {
      groups: [{
        uri: LOBBY,
        owner: "",
        name: "The Lobby",
        subject: "Sailing",
        searchable: true,
        minimum_age: 0,
        max_participants: 0,
        room: "",
      }],
      next: "",
      total: 1,
    });
    const rogue = await as("bob").enters(LOBBY);
    const carol = await as("carol").enters(LOBBY);
    equal((await rogue.say("buy now", { to: LOBBY })).status, 200);
    const alias = /^From: .*<([^>]+)>/m.exec(new TextDecoder().decode((await carol.heard("buy now")).body))![1];
    await ada.post("/admins", { name: "hilda", role: "help-desk", display_name: "Hilda", password: ADMIN_PASSWORD });
    const hilda = await ada.logIn({ name: "hilda", password: ADMIN_PASSWORD });
    const before = (await ada.get<{ entries: { id: number }[] }>("/audit?limit=1")).entries[0].id;
    const told: string[] = [];
    const ask = async (method: string, path: string) => {
      const answer = await hilda.ask(method, path);
      told.push(answer.text);
      return answer;
    };
    const [room] = (await ask("GET", "/rooms?search=lobby")).ok<{ rooms: Room[] }>().rooms;
    equal(room.kind, "public");
    for (const name of ["bob", "carol"]) equal((await roomsNow(name)).length, 0, name);
    const path = `/rooms/${room.id}`;
    (await ask("GET", path)).ok();
    const { people } = (await ask("GET", `${path}/people`)).ok<{ people: Person[] }>();
    const { id } = people.find(({ uri }) => uri === alias)!;
    (await ask("DELETE", `${path}/people/${id}`)).ok();
    match(await reasonOf(rogue), /An administrator has put you out of the room/);
    equal(refusalOf(await as("bob").invite(LOBBY)), "403 127 Service not authorised");
    (await ask("GET", `${path}/people?gone=true`)).ok();
    equal((await ada.get<{ groups: { room: string }[] }>("/rooms/public")).groups[0].room, room.id);
    (await ask("DELETE", path)).ok();
    match(await reasonOf(carol), /The operator has ended the chat/);
    const { entries } = await ada.get<{ entries: { id: number; facts: unknown }[] }>("/audit?limit=20");
    const since = entries.filter(({ id }) => id > before);
    equal(since.length, 2);
    told.push(JSON.stringify(since));
    match(told.at(-1)!, new RegExp(alias.replaceAll(".", "\\.")));
    for (const text of told) ok(!/sip:(?:bob|carol)@/.test(text), text);
  },
);

Deno.test(
  "after a kill rooms stand with everybody cut off, and with when something was said, as long as it waits",
  options,
  async () => {
    const alice = await as("alice").enters(DEN);
    await as("carol").enters(DEN);
    as("carol").peers.at(-1)!.close();
    equal((await alice.say("waits for carol")).status, 200);
    const [{ said_at, id }] = await roomsNow("den");
    ok(said_at > 0);
    await parley.kill();
    await parley.run();
    const room = await eventually(async () => (await roomsNow("den").catch(() => []))[0], "the room");
    deepEqual([room.id, room.here, room.away, room.messages, room.said_at], [id, 0, 2, 1, said_at]);
  },
);

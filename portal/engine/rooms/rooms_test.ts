import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { ConversationModel, Problem } from "../../model/mod.ts";
import { addressOf } from "./address.ts";
import { addressName } from "./group_document.ts";
import { Rooms } from "./rooms.ts";
import { refusal, RoomsWorld } from "./testing/rooms_world.ts";

const USER = "/users/sip%3Aalice%40home.test";
const USAGE = "/org.openmobilealliance.group-usage-list/users/sip%3Aalice%40home.test/index";
const CHESS = { uri: "sip:chess@home.test", display_name: "Chess", subject: "Openings", public: false, members: 3 };

async function world(groups: unknown = [CHESS], stand = new RoomsWorld()) {
  const { rest, network, conversations, people } = stand;
  if (groups !== null) rest.answers.set(`GET ${USER}/groups`, { groups });
  rest.answers.set("PUT", { status: 201, body: "", type: "", etag: "1" });
  const rooms = new Rooms(stand.parts, { people, conversations });
  await network.pass(100);
  return { ...stand, network, rest, conversations, rooms, stand };
}

const isConversation = (made: ConversationModel | Problem): made is ConversationModel => "key" in made;

Deno.test("addresses as people write them", () => {
  const of = (text: string) => addressOf(text, "home.test");
  equal(of(" chess "), "sip:chess@home.test");
  equal(of("Chess@Other.Test"), "sip:chess@other.test");
  equal(of("<sips:chess@other.test:5061;transport=tcp>"), "sip:chess@other.test");
  equal(of("+1 (555) 01-99"), "tel:+15550199");
  equal(of("tel:+15550199"), "tel:+15550199");
  for (const none of ["", "a b", "x@", "@y", "http://x.test/", "a@b@c"]) equal(of(none), "", none);
  equal(addressName("Café Größe!", "4f"), "cafe-gro-e.4f");
  equal(addressName("conf-room", "4f"), "room.4f", "not what chats that are no groups are called");
  equal(addressName("日本", "4f"), "room.4f");
});

Deno.test("a search lists what has all words anywhere; whole values are asked for where not everything was listed", async () => {
  const { rest, rooms } = await world();
  const row = (name: string, display_name: string, subject: string) => ({
    id: `sip:${name}@home.test`,
    display_name,
    fields: { subject: [subject] },
  });
  let more = false;
  rest.answers.set(
    `POST ${USER}/searches`,
    (_: string, { where }: { where?: unknown }) =>
      where === undefined
        ? { results: [row("a", "Chess club", "Openings"), row("b", "Tea", "Green tea"), row("c", "", "")], more }
        : { results: [row("z", "Chess", "")], more: false },
  );
  const names = async (words: string) => {
    const found = await rooms.search(words);
    if (!Array.isArray(found)) throw new Error("refused");
    return found.map(({ name }) => name);
  };
  deepEqual(await names(""), ["Chess club", "Tea", "c@home.test"]);
  deepEqual(await names("open CHE"), ["Chess club"]);
  deepEqual(await names("nothing"), []);
  equal(rest.of(`POST ${USER}/searches`).length, 3);
  more = true;
  deepEqual(await names("chess"), ["Chess club", "Chess"]);
  match(
    rest.asked.at(-1)!,
    /"where":\{"any":\[\{"field":"display-name","is":"chess"\},.*"uri","is":"sip:chess@home.test"/,
  );
  rest.refuses(`POST ${USER}/searches`, 403, "switched off");
  equal((await rooms.search("x") as Problem).text, "switched off");
});

Deno.test("a room that stays: its document, then we come in; members of one that is not listed may all begin it", async () => {
  const { rest, rooms, conversations } = await world();
  const made = await rooms.create({
    name: " Chess & tea ",
    subject: "Openings",
    people: ["bob", "sip:Bob@home.test", "carol@other.test", "alice"],
    listed: false,
  });
  ok(isConversation(made));
  const [put] = rest.of("PUT /org.openmobilealliance.groups/users/sip%3Aalice%40home.test/chess-tea.");
  const { body, type, ifNoneMatch } = JSON.parse(put.slice(put.indexOf("{")));
  deepEqual([type, ifNoneMatch], ["application/vnd.oma.poc.groups+xml", "*"]);
  const [, uri] = /list-service uri="([^"]+)"/.exec(body)!;
  match(uri, /^sip:chess-tea\.[0-9a-f]{6}@home\.test$/);
  match(
    body,
    /<display-name>Chess &#38; tea<\/display-name><list><entry uri="sip:bob@home.test"\/><entry uri="sip:carol@other.test"\/><\/list>/,
  );
  match(body, /<invite-members>true<.*is-list-member.*allow-initiate-conference>true.*searchable>false/s);
  deepEqual(conversations.calls, [`join ${uri} Chess & tea/Openings/false`]);
  equal(made.key, uri);
  conversations.room(uri).state.value = "in";
  deepEqual(conversations.room(uri).added, [], "the service invites them");
});

Deno.test("to a listed room people are brought once we are in it; whom it will not have, the user is told", async () => {
  const { rooms, conversations, network, alerts } = await world();
  const made = await rooms.create({ name: "Hall", subject: "", people: ["bob"], listed: true });
  ok(isConversation(made));
  const room = conversations.room(made.key);
  ok(room.isPublic);
  room.outcome = refusal(403, "too young");
  room.state.value = "in";
  await network.pass(100);
  deepEqual(room.added, ["sip:bob@home.test"]);
  deepEqual(alerts.map(({ kind, title, text }) => [kind, title, text]), [["service", "Hall", "BOB: too young"]]);
  room.state.value = "lost";
  room.state.value = "in";
  equal(room.added.length, 1, "once");
});

Deno.test("an address that somebody has is tried again with another; other refusals are told", async () => {
  const { rest, rooms, conversations } = await world();
  const wish = { name: "Hall", subject: "", people: [], listed: true };
  let tries = 0;
  const tried: string[] = [];
  rest.answers.set("PUT", (path: string) => {
    tried.push(path);
    return ++tries === 1 ? refusal(409, "taken") : { status: 201, body: "", type: "", etag: "1" };
  });
  ok(isConversation(await rooms.create(wish)));
  equal(new Set(tried).size, 2);
  rest.answers.set("PUT", refusal(409, "too many"));
  equal((await rooms.create(wish) as Problem).text, "too many");
  rest.answers.set("PUT", refusal(413, "too large"));
  equal((await rooms.create(wish) as Problem).text, "too large");
  deepEqual(Object.keys((await rooms.create({ ...wish, name: " " }) as Problem).fields), ["name"]);
  deepEqual(Object.keys((await rooms.create({ ...wish, people: ["a b"] }) as Problem).fields), ["people"]);
  equal(conversations.calls.length, 1);
});

Deno.test("what the user made or belongs to is known while they are not in it, also when the service is away", async () => {
  const first = await world([CHESS]);
  const { rooms, conversations, stand, network } = first;
  deepEqual(rooms.known.value, [{ uri: CHESS.uri, name: "Chess", subject: "Openings", about: "", members: 3 }]);
  rooms.join("chess");
  deepEqual(conversations.calls, ["join sip:chess@home.test Chess/Openings/false"]);
  equal(rooms.known.value.length, 0);
  conversations.room(CHESS.uri).leave();
  equal(rooms.known.value.length, 1);
  const again = await world(null, new RoomsWorld(network, stand.store, "again.test"));
  deepEqual(again.rooms.known.value.map(({ name }) => name), ["Chess"], "of this browser");
  equal(rooms.join("not an address"), null);
});

Deno.test("a room that we came into is noted once, into the list of groups in use; a fleeting one is not", async () => {
  const { rest, rooms, conversations, network } = await world();
  rest.answers.set(`POST ${USER}/searches`, {
    results: [{ id: "sip:Hall@home.test", display_name: "Hall", fields: {} }],
    more: false,
  });
  await rooms.search("");
  rest.answers.set("PUT", (path: string) => path.includes("~~") ? refusal(409, "no parent") : {});
  rooms.join("hall");
  deepEqual(conversations.calls, ["join sip:hall@home.test Hall//true"]);
  rooms.begin(["bob"], "Lunch");
  for (const key of ["sip:hall@home.test", "sip:conf-1@home.test"]) conversations.room(key).state.value = "in";
  await network.pass(200);
  const puts = rest.of(`PUT ${USAGE}`);
  equal(puts.length, 2);
  match(
    puts[0],
    /~~\/resource-lists\/list%5B%40name%3D%22rooms%22%5D\/entry%5B%40uri%3D%22sip%3Ahall%40home\.test%22%5D/,
  );
  const { body, ifNoneMatch } = JSON.parse(puts[1].slice(puts[1].indexOf("{")));
  match(
    body,
    /<list name="rooms"><entry xmlns="[^"]+" uri="sip:hall@home.test"><display-name>Hall<\/display-name><\/entry><\/list>/,
  );
  equal(ifNoneMatch, "*");
  conversations.room("sip:hall@home.test").state.value = "lost";
  conversations.room("sip:hall@home.test").state.value = "in";
  await network.pass(200);
  equal(rest.of(`PUT ${USAGE}`).length, 2);
});

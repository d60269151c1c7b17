import assert from "node:assert/strict";
import { type Contents, DEFAULT_ROOM_MESSAGE_LIMITS } from "../../../storage/mod.ts";
import {
  aor,
  Device,
  DOMAIN,
  GROUP,
  groupPolicy,
  HIDDEN,
  RoomsWorld,
  type WorldOptions,
} from "../../controlling/rooms/testing/rooms_world.ts";
import { FakeContents } from "../../deferred/intake/testing/fake_store.ts";
import { FakeDesk } from "../sessions/testing/fake_desk.ts";
import { RecordedRooms } from "./recorded_rooms.ts";

async function recording(wishes: readonly string[], options: WorldOptions = {}) {
  const desk = new FakeDesk();
  for (const name of wishes) desk.wishes.add(aor(name));
  const contents = new FakeContents();
  const recorder = new RecordedRooms({
    desk,
    contents: contents as unknown as Contents,
    isUser: (uri) => uri.endsWith(`@${DOMAIN}`) && !uri.startsWith("sip:guest"),
    command: () => null,
  });
  const world = await RoomsWorld.make({ recorder, ...options });
  return { desk, contents, world };
}

const names = (owners: readonly string[]) => owners.map((uri) => /sip:(\w+)@/.exec(uri)![1]).sort();
/** A room is known by its URI, and by its user part: in its Contact that stands at an address of the box. */
const namesOf = ({ uri }: { readonly uri: string }) => [uri, uri.slice("sip:".length, uri.indexOf("@"))];
const bodyOf = (text: string) => text.slice(text.lastIndexOf("\r\n\r\n") + 4);

Deno.test("a room with two who record and one who does not: each message once, for the two, as it was said", async () => {
  const { desk, world } = await recording(["alice", "bob"]);
  const room = world.adhoc("alice", "Lunch");
  const [alice, , carol] = ["alice", "bob", "carol"].map((name) => Device.join(world, room, name));
  assert.equal(await alice.say("one"), 200);
  assert.equal(await carol.say("two"), 200);
  assert.deepEqual(desk.opened.length, 1);
  const [{ facts, kept, listeners }] = desk.opened;
  assert.deepEqual(facts, { kind: "room", names: namesOf(room), group: { uri: room.uri, name: "" }, subject: "Lunch" });
  assert.deepEqual(kept.map(({ owners }) => names(owners)), [["alice", "bob"], ["alice", "bob"]]);
  const [{ message }] = kept;
  assert.deepEqual([message.from, message.to], [{ uri: aor("alice"), name: "Alice" }, room.uri]);
  assert.equal(message.contentType, "message/cpim");
  assert.match(new TextDecoder().decode(message.body), /^From: <sip:alice@example\.test>\r\n/);
  assert.deepEqual(desk.opened[0].texts.map(bodyOf), ["one", "two"]);
  const { with: peer, parties } = listeners.get(aor("bob"))!;
  assert.equal(peer, room.uri);
  assert.deepEqual(parties.map(({ name }) => name), ["Bob", "Alice", "Carol"]);
  world.end();
});

Deno.test("nobody hears it, and its sender has no answer, before it is kept", async () => {
  const { desk, world } = await recording(["bob"]);
  const room = world.adhoc();
  const [alice, bob] = ["alice", "bob"].map((name) => Device.join(world, room, name));
  await world.settled();
  desk.manual = true;
  let answer = 0;
  const said = alice.say("wait").then((status) => answer = status);
  await world.settled();
  assert.deepEqual([answer, bob.got], [0, []]);
  desk.commit();
  await said;
  assert.deepEqual([answer, bob.got], [200, ["wait"]]);
  world.end();
});

Deno.test("who comes in while something is being kept hears it, and has it recorded, once", async () => {
  const { desk, world } = await recording(["alice", "bob", "carol"]);
  const room = world.adhoc();
  const alice = Device.join(world, room, "alice");
  await world.settled();
  desk.manual = true;
  const said = alice.say("wait");
  await world.settled();
  const bob = Device.join(world, room, "bob");
  await world.settled();
  assert.deepEqual(bob.got, []);
  desk.commit();
  assert.equal(await said, 200);
  await world.settled();
  assert.deepEqual(bob.got, ["wait"]);
  const [{ kept }] = desk.opened;
  assert.deepEqual(kept.map(({ owners }) => names(owners)), [["alice"], ["bob"]]);
  assert.deepEqual(desk.opened[0].texts.map(bodyOf), ["wait", "wait"]);
  world.end();
});

Deno.test("who leaves while a long message is written has it recorded, and nothing behind it", async () => {
  const { desk, contents, world } = await recording(["alice", "bob"]);
  const room = world.adhoc();
  const [alice, , carol] = ["alice", "bob", "carol"].map((name) => Device.join(world, room, name));
  await world.settled();
  contents.slow = true;
  const answers = [alice.say("x".repeat(50_000)), alice.say("short")];
  await world.settled();
  alice.seat.leave("departed");
  const after = carol.say("after");
  await world.settled();
  contents.drain();
  await Promise.all([...answers, after]);
  const owners = desk.opened[0].kept.map(({ owners }) => names(owners));
  assert.deepEqual(owners, [["alice", "bob"], ["alice", "bob"], ["bob"]]);
  assert.equal(desk.opened[0].listeners.has(aor("alice")), false);
  world.end();
});

Deno.test("in a hidden room records have aliases only, the recorder's own too", async () => {
  const { desk, world } = await recording(["alice", "bob"]);
  const room = world.group(groupPolicy({ ...HIDDEN, displayName: "Friends" }));
  const [alice, bob] = ["alice", "bob"].map((name) => Device.join(world, room, name));
  alice.nickname('"Fox"');
  assert.equal(await alice.say("who am I"), 200);
  assert.equal(await bob.say("psst", { to: "sip:anonymous-1@anonymous.invalid" }), 200);
  const [{ facts, kept, listeners }] = desk.opened;
  assert.deepEqual([facts.names, facts.group], [[...namesOf(room), GROUP], { uri: GROUP, name: "Friends" }]);
  const fox = { uri: "sip:anonymous-1@anonymous.invalid", name: "Fox" };
  const other = { uri: "sip:anonymous-2@anonymous.invalid", name: "Anonymous 2" };
  assert.deepEqual(kept.map(({ message }) => [message.from, message.to]), [[fox, room.uri], [other, fox.uri]]);
  assert.deepEqual(listeners.get(aor("bob"))!.parties, [other, fox]);
  assert.deepEqual(listeners.get(aor("alice"))!.parties, [fox, other]);
  assert.equal(listeners.get(aor("alice"))!.with, GROUP);
  const seen = JSON.stringify([...desk.opened[0].texts, kept.map(({ message }) => ({ ...message, body: "" }))]);
  assert.ok(!/alice|bob/i.test(seen), seen);
  world.end();
});

Deno.test("private messages are for the two alone; what is not kept in a room is not recorded", async () => {
  const { desk, world } = await recording(["alice", "bob", "carol"]);
  const room = world.adhoc();
  const [alice] = ["alice", "bob", "carol"].map((name) => Device.join(world, room, name));
  assert.equal(await alice.say("for you", { to: aor("bob") }), 200);
  assert.equal(await alice.say("to myself", { to: aor("alice") }), 200);
  assert.equal(await alice.say("<x/>", { content: "Content-Type: application/im-iscomposing+xml" }), 200);
  const imdn = "Content-Type: message/imdn+xml\r\nContent-Disposition: notification";
  assert.equal(await alice.say("<x/>", { to: aor("bob"), content: imdn }), 200);
  assert.deepEqual(desk.opened[0].kept.map(({ owners }) => names(owners)), [["alice", "bob"], ["alice"]]);
  assert.equal(desk.opened[0].kept[0].message.to, aor("bob"));
  world.end();
});

Deno.test("whoever has blocked the speaker has no record of what is said; who has left, or is of another domain, neither", async () => {
  const { desk, world } = await recording(["alice", "bob", "carol", "guest"]);
  world.blocked.add(`${aor("bob")} ${aor("alice")}`);
  const room = world.adhoc();
  const [alice, , carol] = ["alice", "bob", "carol", "guest"].map((name) => Device.join(world, room, name));
  assert.equal(await alice.say("1"), 200);
  carol.seat.leave("departed");
  assert.equal(await alice.say("2"), 200);
  assert.deepEqual(desk.opened[0].kept.map(({ owners }) => names(owners)), [["alice", "carol"], ["alice"]]);
  assert.equal(desk.opened[0].listeners.has(aor("guest")), false);
  world.end();
});

Deno.test("who was cut off records what is said meanwhile when it is said, and not again on coming back", async () => {
  const { desk, world } = await recording(["bob"]);
  const room = world.adhoc();
  const [alice, bob] = ["alice", "bob"].map((name) => Device.join(world, room, name));
  await alice.say("1");
  bob.cut();
  await alice.say("2");
  const again = await Device.joined(world, room, "bob");
  assert.deepEqual(again.got, ["2"]);
  await alice.say("3");
  assert.deepEqual(desk.opened[0].texts.map(bodyOf), ["1", "2", "3"]);
  assert.ok(desk.opened[0].kept.every(({ owners }) => owners.length === 1));
  world.end();
});

Deno.test("after a restart the room goes on in another conversation; what was said before is not recorded again", async () => {
  const { desk, world } = await recording(["bob"]);
  const room = world.adhoc();
  const [alice, bob] = ["alice", "bob"].map((name) => Device.join(world, room, name));
  await world.settled();
  bob.cut();
  await alice.say("before");
  await world.settled();
  await world.restart("stopped");
  assert.equal(desk.opened[0].closed, true);
  const after = world.again(room);
  const back = await Device.joined(world, after, "bob");
  assert.deepEqual(back.got, ["before"]);
  const other = await Device.joined(world, after, "alice");
  assert.equal(await other.say("after"), 200);
  assert.deepEqual(desk.opened.map(({ texts }) => texts.map(bodyOf)), [["before"], ["after"]]);
  assert.deepEqual(desk.opened[1].listeners.get(aor("bob"))!.parties.map(({ name }) => name), ["Bob", "Alice"]);
  world.end();
});

Deno.test("what the room could not keep is said again by its sender, and recorded once", async () => {
  const kept = { ...DEFAULT_ROOM_MESSAGE_LIMITS, octets: 3_000, roomOctets: 3_000 };
  const { desk, world } = await recording(["bob"], { kept });
  const room = world.adhoc();
  const [alice, bob] = ["alice", "bob"].map((name) => Device.join(world, room, name));
  await world.settled();
  bob.leg.stalled = true;
  const octets = new TextEncoder().encode(
    `From: <${aor("alice")}>\r\nTo: <${room.uri}>\r\n\r\nContent-Type: text/plain\r\n\r\n${"x".repeat(4_000)}`,
  );
  const status = await alice.send(octets, "message/cpim", "again");
  assert.equal(status, 408);
  for (let i = 0; i < 3; i++) assert.equal(await alice.send(octets, "message/cpim", "again"), 408);
  assert.equal(desk.opened[0].kept.length, 1);
  world.end();
});

Deno.test("the order is that of the room, however long a message is; the room's end waits for the last", async () => {
  const { desk, contents, world } = await recording(["bob"]);
  const room = world.adhoc();
  const [alice] = ["alice", "bob"].map((name) => Device.join(world, room, name));
  await world.settled();
  contents.slow = true;
  const answers = [alice.say("x".repeat(50_000)), alice.say("short")];
  await world.settled();
  assert.equal(desk.opened[0].kept.length, 0);
  contents.drain();
  assert.deepEqual(await Promise.all(answers), [200, 200]);
  const [{ kept }] = desk.opened;
  assert.deepEqual([kept[0].message.content!.octets > 50_000, bodyOf(desk.opened[0].texts[1])], [true, "short"]);
  assert.equal(contents.claims.get(kept[0].message.content!.id), 0);
  void alice.say("y".repeat(50_000));
  room.end("operator");
  assert.equal(desk.opened[0].closed, false);
  contents.drain();
  assert.equal(desk.opened[0].closed, true);
  assert.equal(kept.length, 3);
  world.end();
});

Deno.test("a room is known to commands from its first participant on; where nobody can record, messages ask for nothing", async () => {
  const { desk, world } = await recording([]);
  desk.idle = true;
  const room = world.adhoc();
  assert.equal(desk.opened.length, 0);
  const alice = Device.join(world, room, "alice");
  assert.deepEqual(desk.opened[0].facts.names, namesOf(room));
  const [conversation] = desk.opened;
  conversation.records = () => assert.fail("nobody is asked");
  assert.equal(await alice.say("1"), 200);
  world.end();
});

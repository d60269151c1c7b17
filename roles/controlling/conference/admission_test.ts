import assert from "node:assert/strict";
import type { RoomRefusal } from "../policy/terms.ts";
import { ConferenceWorld, user } from "./testing/conference_world.ts";
import { fakePolicy, type FakeRoomParts } from "./testing/fake_rooms.ts";

const GROUP = "sip:friends@groups.example.test";
const WARNING = '399 example.test "138 subscription of conference events not allowed"';
const NO: RoomRefusal = { status: 403, reason: "No", warning: "138 subscription of conference events not allowed" };

/** Members may where they are in; Mallory never may. */
const policy = fakePolicy({
  mayWatch: ({ aor }, participates) => aor !== user("mallory") && (participates || aor === user("owner")) ? null : NO,
});
const group: FakeRoomParts = { kind: "group", group: GROUP, policy };

for (
  const [what, parts, watcher, resource, expected] of [
    ["a participant of an ad hoc room", {}, "alice", "", 200],
    ["somebody who is invited", {}, "bob", "", 200],
    ["somebody who was cut off", {}, "carol", "", 200],
    ["somebody who has left", {}, "dave", "", 403],
    ["somebody who was expelled", {}, "eve", "", 403],
    ["a stranger", {}, "stranger", "", 403],
    ["nobody knows who", {}, "sip:anonymous@anonymous.invalid", "", 403],
    ["a member who is in, by the room", group, "alice", "", 200],
    ["a member who is in, by the group", group, "alice", GROUP, 200],
    ["somebody whom the rules let in from outside", group, "owner", GROUP, 200],
    ["a member who is not in", group, "stranger", GROUP, 403],
    ["a participant whom the rules do not let see", group, "mallory", GROUP, 403],
    ["somebody expelled, whatever the rules", { ...group, policy: fakePolicy() }, "eve", GROUP, 403],
    ["a room that never was", {}, "alice", "sip:conf-x@example.test", 404],
    ["a group without a session", {}, "alice", GROUP, 404],
  ] as const
) {
  Deno.test(`watching: ${what} gets ${expected}`, () => {
    const world = new ConferenceWorld();
    const room = world.rooms.open(parts);
    room.put(user("alice"));
    room.put(user("bob"), { standing: "alerting" });
    room.put(user("carol"), { standing: "absent" });
    room.put(user("dave"), { standing: "disconnected", leftBy: "departed" });
    room.put(user("mallory"));
    room.expel(room.put(user("eve")));
    const { answer, told } = world.watch(watcher, { resource: resource === "" ? room.uri : resource });
    assert.equal(answer.status, expected);
    assert.equal(answer.header("Warning"), expected === 403 ? WARNING : undefined);
    assert.equal(told.length, expected === 200 ? 1 : 0);
  });
}

Deno.test("a body is none that we know", () => {
  const world = new ConferenceWorld();
  world.rooms.open().put(user("alice"));
  assert.equal(world.watch("alice", { body: "x" }).answer.status, 415);
});

Deno.test("who leaves an ad hoc room is told nothing more, who was cut off is", () => {
  const world = new ConferenceWorld();
  const room = world.rooms.open();
  const people = ["alice", "bob", "carol"].map((name) => {
    room.put(user(name));
    return name;
  });
  const [alice, bob, carol] = people.map((name) => world.watch(name));
  room.put(user("bob"), { standing: "disconnected", leftBy: "departed" });
  room.put(user("carol"), { standing: "absent" });
  world.after(1000);
  assert.deepEqual([bob.told.length, bob.told[1].state, bob.told[1].octets], [2, "terminated;reason=rejected", 0]);
  room.put(user("dave"));
  world.after(6000);
  assert.equal(bob.told.length, 2);
  assert.deepEqual([alice.told.length, carol.told.length], [3, 3]);
});

Deno.test("expelled: not even a refresh", () => {
  const world = new ConferenceWorld();
  const room = world.rooms.open();
  const eve = room.put(user("eve"));
  const watcher = world.watch("eve");
  room.expel(eve);
  assert.equal(watcher.refresh().status, 403);
  world.settle();
  assert.equal(watcher.told.at(-1)!.octets, 0);
  assert.equal(world.sip.server.size, 0);
});

Deno.test("other rules of the group: who may watch no longer is let go", () => {
  const world = new ConferenceWorld();
  const room = world.rooms.open({ kind: "group", group: GROUP, policy: fakePolicy() });
  room.put(user("alice"));
  const [alice, outside] = [world.watch("alice"), world.watch("outside", { resource: GROUP })];
  assert.equal(outside.answer.status, 200);
  room.change({ policy });
  world.after(6000);
  assert.equal(outside.told.at(-1)!.state, "terminated;reason=rejected");
  assert.match(alice.told.at(-1)!.state, /^active/);
});

Deno.test("who was put out is shown nothing by a farewell that comes before the next turn [CHAT-20]", () => {
  const world = new ConferenceWorld();
  const room = world.rooms.open();
  room.put(user("alice"));
  const bob = room.put(user("bob"));
  const watcher = world.watch("bob");
  world.after(10_000);
  room.expel(bob);
  const before = watcher.told.length;
  watcher.refresh(0);
  world.settle();
  world.after(10_000);
  assert.deepEqual(watcher.told.slice(before).filter(({ octets }) => octets > 0), []);
  assert.equal(world.sip.server.size, 0);
});

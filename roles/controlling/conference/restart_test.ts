import assert from "node:assert/strict";
import { MemoryStates } from "../../../transport/sip/testing/memory_states.ts";
import { ConferenceWorld, user } from "./testing/conference_world.ts";
import { FakeRooms } from "./testing/fake_rooms.ts";

/** What a box that starts again has of its rooms: everybody is absent. */
function rooms(names: readonly string[]): FakeRooms {
  const rooms = new FakeRooms();
  const room = rooms.open();
  for (const name of names) room.put(user(name), { standing: "absent" });
  return rooms;
}

/** The body of each NOTIFY that a restarted box has sent, with its state. */
function told(world: ConferenceWorld): string[] {
  return world.sip.notifies.filter((line, i, all) => all.indexOf(line) === i);
}

Deno.test("a subscription outlasts a restart of the box: all of it is told anew, with a higher version", () => {
  const before = new ConferenceWorld({ states: new MemoryStates() });
  const room = before.rooms.open();
  for (const name of ["alice", "bob"]) room.put(user(name));
  const alice = before.watch("alice");
  assert.equal(alice.answer.status, 200);
  const again = rooms(["alice", "bob"]);
  const world = new ConferenceWorld({ rooms: again, states: before.states!.restarted(), time: before.sip.time });
  assert.equal(world.sip.server.restore(), 1);
  world.after(5000);
  const [line] = told(world);
  assert.match(line, /^active.*state="full" version="(\d{4,})"/s);
  assert.ok(Number(/version="(\d+)">/.exec(line)![1]) > 10_000);
  assert.equal(line.match(/<status>pending<\/status>/g)!.length, 2);
  assert.equal(world.conference.size, 1);
});

Deno.test("after a restart: a room that is gone, and a watcher who is in it no longer", () => {
  for (const [after, reason] of [[[], "rejected"], [null, "noresource"]] as const) {
    const before = new ConferenceWorld({ states: new MemoryStates() });
    before.rooms.open().put(user("alice"));
    before.watch("alice");
    const again = after === null ? new FakeRooms() : rooms(after);
    const world = new ConferenceWorld({ rooms: again, states: before.states!.restarted(), time: before.sip.time });
    world.sip.server.restore();
    world.after(5000);
    assert.deepEqual(told(world), [`terminated;reason=${reason} | `]);
    assert.deepEqual([world.conference.size, world.sip.server.size], [0, 0]);
  }
});

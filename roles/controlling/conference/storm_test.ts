import assert from "node:assert/strict";
import { ConferenceWorld, user } from "./testing/conference_world.ts";
import { TERMS } from "./testing/fake_rooms.ts";

const MEMBERS = 500;
const CHUNK = 49_152;

Deno.test("500 join in 10 s and watch: a NOTIFY for each and interval, few documents, and all see all", () => {
  const world = new ConferenceWorld();
  const room = world.rooms.open({ terms: { ...TERMS, maxParticipants: MEMBERS }, now: () => world.sip.time.now() });
  const watchers = [];
  for (let i = 0; i < MEMBERS; i++) {
    room.put(user(`member-number-${i}`));
    watchers.push(world.watch(`member-number-${i}`, { reads: i % 25 === 0 }));
    if (i % 5 === 4) world.after(100);
  }
  world.after(10_500);
  for (const { roster } of watchers.filter(({ reads }) => reads)) {
    assert.equal(roster.users.length, MEMBERS);
    assert.ok(!roster.awaitsFull);
    assert.equal(roster.info!.conferenceState!.userCount, MEMBERS);
  }
  const notifies = watchers.reduce((sum, { told }) => sum + told.length, 0);
  const octets = watchers.reduce((sum, { told }) => sum + told.reduce((all, one) => all + one.octets, 0), 0);
  // A whole in up to four parts, and what is new in the two or three intervals of the storm.
  assert.ok(notifies <= MEMBERS * 5, `${notifies} NOTIFYs`);
  // Everybody hears of everybody once, and twice of those who came in the interval in which it came itself.
  assert.ok(octets <= MEMBERS * MEMBERS * 360, `${octets} octets`);
  const partial = new Set(watchers.flatMap(({ told }) => told.slice(1).map(({ bytes }) => bytes)));
  assert.ok(partial.size <= MEMBERS / 5, `${partial.size} documents beside the first ones`);
  for (const { told } of watchers) for (const one of told) assert.ok(one.octets <= CHUNK, `${one.octets}`);
});

Deno.test("one of 500 changes: 500 NOTIFYs of one and the same body", () => {
  const world = new ConferenceWorld();
  const room = world.rooms.open({ terms: { ...TERMS, maxParticipants: MEMBERS } });
  for (let i = 0; i < MEMBERS; i++) room.put(user(`m${i}`), {}, true);
  const watchers = Array.from({ length: MEMBERS }, (_, i) => world.watch(`m${i}`));
  world.after(10_000);
  const parts = watchers.map(({ told }) => told.splice(0).length);
  assert.deepEqual(new Set(parts), new Set([parts[0]]));
  assert.ok(parts[0] >= 2 && parts[0] <= 5, `${parts[0]} parts`);
  room.put(user("m7"), { standing: "absent" });
  world.after(1000);
  const bodies = new Set(watchers.flatMap(({ told }) => told.map(({ bytes }) => bytes)));
  assert.equal(watchers.reduce((sum, { told }) => sum + told.length, 0), MEMBERS);
  assert.equal(bodies.size, 1, "the very same octets");
  assert.ok([...bodies][0].length < 1200);
  assert.ok(watchers.every(({ sees }) => sees[7] === "m7 pending"));
});

Deno.test("a large room in parts: changes meanwhile are not lost, whoever is told them", () => {
  const world = new ConferenceWorld();
  const room = world.rooms.open({ terms: { ...TERMS, maxParticipants: MEMBERS } });
  for (let i = 0; i < MEMBERS; i++) room.put(user(`m${i}`), {}, true);
  const steady = world.watch("m0");
  const slow = world.watch("m1");
  slow.answers = false;
  slow.refresh();
  world.settle();
  // Between the parts: somebody whom it was told of, somebody of whom it was not, somebody new.
  room.put(user("m3"), { standing: "absent" });
  room.put(user("m450"), { standing: "disconnected", leftBy: "departed" });
  room.put(user("new"));
  world.after(1000);
  slow.release();
  world.after(12_000);
  const versions = slow.told.map(({ info }) => info!.version!);
  assert.deepEqual(versions, versions.map((_, i) => i + 1), "each follows the one before");
  assert.deepEqual(slow.sees.toSorted(), steady.sees.toSorted());
  assert.equal(slow.sees.length, MEMBERS + 1);
  for (const sees of [slow.sees, steady.sees]) {
    assert.ok(sees.includes("m3 pending") && sees.includes("m450 disconnected") && sees.includes("new connected"));
  }
});

Deno.test("the end of a room of 500 is one NOTIFY each, with one body", () => {
  const world = new ConferenceWorld();
  const room = world.rooms.open({ terms: { ...TERMS, maxParticipants: MEMBERS } });
  for (let i = 0; i < MEMBERS; i++) room.put(user(`m${i}`), {}, true);
  const watchers = Array.from({ length: MEMBERS }, (_, i) => world.watch(`m${i}`));
  world.after(6000);
  for (const { told } of watchers) told.splice(0);
  room.end("operator");
  world.settle();
  const last = watchers.flatMap(({ told }) => told);
  assert.equal(last.length, MEMBERS);
  assert.equal(new Set(last.map(({ bytes }) => bytes)).size, 1);
  assert.equal(world.conference.size, 0);
});

import assert from "node:assert/strict";
import type { Flow } from "../flow.ts";
import { EventWorld } from "../testing/event_world.ts";
import { RoomLine } from "./room_line.ts";

/** What a flow is to those who wait for room. */
class CrowdedFlow {
  open = true;
  crowded = true;
  readonly calls: (() => void)[] = [];
  readonly flow = this as unknown as Flow;

  whenRoom(work: () => void): void {
    this.calls.push(work);
  }

  room(): void {
    for (const work of this.calls.splice(0)) work();
  }
}

Deno.test("who waits for room goes in the order of coming, as far as there is some; the others go on waiting", () => {
  const crowd = new CrowdedFlow(), line = new RoomLine();
  const told: string[] = [];
  let room = 2;
  const guests = ["a", "b", "c", "d"].map((name) => ({
    onRoom() {
      if (line.waits(crowd.flow, this)) return;
      told.push(name);
      if (--room === 0) crowd.crowded = true;
    },
  }));
  for (const guest of [...guests, ...guests]) assert.ok(line.waits(crowd.flow, guest));
  assert.equal(crowd.calls.length, 1);
  crowd.crowded = false;
  crowd.room();
  assert.deepEqual([told, crowd.calls.length], [["a", "b"], 1]);
  crowd.crowded = false;
  room = 3;
  crowd.room();
  assert.deepEqual([told, crowd.calls.length], [["a", "b", "c", "d"], 0]);
});

Deno.test("all who wait are told when the connection is gone; nobody waits for one that is, or is not crowded", () => {
  const crowd = new CrowdedFlow(), line = new RoomLine();
  let told = 0;
  const guest = () => ({ onRoom: () => void told++ });
  line.waits(crowd.flow, guest());
  line.waits(crowd.flow, guest());
  crowd.open = false;
  crowd.room();
  assert.deepEqual([told, crowd.calls.length], [2, 0]);
  assert.ok(!line.waits(crowd.flow, guest()));
  assert.ok(!line.waits(null, guest()));
  crowd.open = true;
  crowd.crowded = false;
  assert.ok(!line.waits(crowd.flow, guest()));
});

Deno.test("one that fails keeps its place from nobody", () => {
  const crowd = new CrowdedFlow(), line = new RoomLine();
  let told = 0;
  line.waits(crowd.flow, {
    onRoom() {
      throw new Error("defect");
    },
  });
  line.waits(crowd.flow, { onRoom: () => void told++ });
  crowd.crowded = false;
  assert.throws(() => crowd.room(), /defect/);
  crowd.room();
  assert.equal(told, 1);
});

Deno.test("a NOTIFY for a crowded connection is made when there is room, and says what is true then", async () => {
  const world = new EventWorld({ minInterval_ms: 0 });
  const flow = world.inbound("tcp");
  world.request("SUBSCRIBE", { contact: "<sip:watcher@192.0.2.50;transport=tcp>", expires: 3600 }, flow);
  world.answer("NOTIFY", 200);
  const calls: (() => void)[] = [];
  const crowd = Object.assign(flow, { crowded: true, whenRoom: (work: () => void) => calls.push(work) });
  const { presence } = world;
  let made = 0;
  const full = presence.full.bind(presence);
  presence.full = (subscription) => {
    made++;
    return full(subscription);
  };
  for (const state of ["one", "two", "three"]) {
    presence.state = state;
    world.server.changed("presence", "sip:bob@b.test");
    world.time.advance(1000);
    await Promise.resolve();
  }
  assert.deepEqual([made, world.notifies.length, calls.length], [0, 1, 1]);
  crowd.crowded = false;
  calls.shift()!();
  assert.equal(made, 1);
  assert.match(world.notifies[1], /^active;expires=\d+ \| full three/);
  world.answer("NOTIFY", 200);
  assert.deepEqual([world.notifies.length, world.server.size], [2, 1]);
});

Deno.test("the last NOTIFY does not stand in line: who has ended is held by nobody", () => {
  const world = new EventWorld({ minInterval_ms: 0 });
  const flow = world.inbound("tcp");
  world.request("SUBSCRIBE", { contact: "<sip:watcher@192.0.2.50;transport=tcp>" }, flow);
  world.answer("NOTIFY", 200);
  Object.assign(flow, { crowded: true, whenRoom: () => assert.fail("nobody waits") });
  world.server.terminate("presence", "sip:bob@b.test", "noresource");
  assert.match(world.notifies[1], /^terminated;reason=noresource/);
});

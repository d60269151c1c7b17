import assert from "node:assert/strict";
import { silentLog, toLatin1 } from "../../../foundation/mod.ts";
import { MsrpSwitchRoom } from "../../../transport/msrp/mod.ts";
import type { SwitchLeg, SwitchOwner } from "../../../transport/msrp/mod.ts";
import type { WirePeer } from "../../../transport/msrp/forward/testing/wire_peer.ts";
import { WireWorld } from "../../../transport/msrp/forward/testing/wire_world.ts";
import type { LiveRoom } from "./live_room.ts";
import { Device, groupPolicy, HIDDEN, RoomsWorld } from "./testing/rooms_world.ts";

const LIMITS = {
  message: 300_000,
  window: 10,
  windowOctets: 1_000_000,
  behind: 1000,
  behindOctets: 10_000_000,
  silence_ms: 20_000,
};

/** Rooms over the real switch, and devices that speak MSRP. */
class Wired {
  readonly wires = new WireWorld();
  readonly box = this.wires.box("us.test", {});
  world!: RoomsWorld;
  #sessions = 0;

  static async make(): Promise<Wired> {
    const wired = new Wired();
    const { time } = wired.wires;
    const makeSwitch = (owner: SwitchOwner) =>
      new MsrpSwitchRoom({
        node: wired.box,
        clock: time,
        timers: time.timers,
        log: silentLog,
        limits: LIMITS,
        owner,
      });
    wired.world = await RoomsWorld.make({ makeSwitch });
    return wired;
  }

  async settle(): Promise<void> {
    for (let n = 0; n < 3; n++) {
      await this.wires.settle();
      await this.world.settled();
    }
    await this.wires.settle();
  }

  async join(room: LiveRoom, name: string): Promise<WiredDevice> {
    const n = ++this.#sessions;
    const device = Device.invite(this.world, room, name, { how: "dialed-in" });
    const leg = device.seat.join({
      sessionId: `leg${n}`,
      uri: `msrp://us.test:2855/leg${n};tcp`,
      acceptTypes: ["message/cpim"],
      peerTypes: ["message/cpim"],
      peerMaxSize: 0,
    });
    const path = `msrp://${name}.test:7000/s${n};tcp`;
    leg.start("passive", { path: [path] });
    const peer = this.wires.connect(this.box);
    peer.send({ to: leg.uri, from: path, headers: ["Message-ID: bind", "Byte-Range: 1-0/0"] });
    await this.settle();
    assert.ok(leg.open, `${name} is open`);
    return new WiredDevice(device, leg, peer, path, room);
  }
}

class WiredDevice {
  constructor(
    readonly device: Device,
    readonly leg: SwitchLeg,
    readonly peer: WirePeer,
    readonly path: string,
    readonly room: LiveRoom,
  ) {}
  say(messageId: string, text: string, to = this.room.uri): string {
    const body = `From: <${this.device.aor}>\r\nTo: <${to}>\r\n\r\nContent-Type: text/plain\r\n\r\n${text}`;
    const headers = [`Message-ID: ${messageId}`, `Byte-Range: 1-${body.length}/${body.length}`];
    return this.peer.send({ to: this.leg.uri, from: this.path, headers, body, type: "message/cpim" });
  }
  get got(): string[] {
    return this.peer.seen.map(({ body }) => toLatin1(body)).filter((text) => text !== "").map((text) =>
      text.slice(text.lastIndexOf("\r\n\r\n") + 4)
    );
  }
  statusOf(tid: string): number | undefined {
    return this.peer.responses.find((response) => response.tid === tid)?.status;
  }
}

Deno.test("over the real switch: said, cut off, come again, killed, come again: everybody has everything, in order", async () => {
  const wired = await Wired.make();
  const { world } = wired;
  const room = world.adhoc();
  const alice = await wired.join(room, "alice");
  const bob = await wired.join(room, "bob");
  const carol = await wired.join(room, "carol");
  const tids = [alice.say("id1", "1"), carol.say("id2", "2"), alice.say("id3", "3")];
  const forged = bob.peer.send({
    to: bob.leg.uri,
    from: bob.path,
    headers: ["Message-ID: id0", "Byte-Range: 1-5/5"],
    body: "Hello",
    type: "text/plain",
  });
  await wired.settle();
  assert.deepEqual([...tids.map((tid) => alice.statusOf(tid) ?? carol.statusOf(tid)), bob.statusOf(forged)], [
    200,
    200,
    200,
    415,
  ]);
  assert.deepEqual([alice.got, bob.got, carol.got], [["2"], ["1", "2", "3"], ["1", "3"]]);
  bob.peer.duplex.destroy();
  await wired.settle();
  assert.deepEqual(bob.device.media, ["lost"]);
  bob.device.seat.leave("absent");
  alice.say("id4", "4");
  carol.say("id5", "5", bob.device.aor);
  await wired.settle();
  world.time.advance(1100);
  assert.equal(world.messages.count, 2, "only what bob has not had");
  const again = await wired.join(room, "bob");
  assert.deepEqual(again.got, ["4", "5"]);
  world.time.advance(3000);
  await wired.settle();
  assert.equal(world.messages.count, 0);
  again.peer.duplex.destroy();
  await wired.settle();
  again.device.seat.leave("absent");
  alice.say("id6", "6");
  await wired.settle();
  await world.restart();
  const after = world.again(room);
  assert.ok((await wired.join(after, "bob")).got.includes("6"));
  const back = await wired.join(after, "alice");
  back.say("id7", "7");
  const third = await wired.join(after, "carol");
  await wired.settle();
  assert.ok(third.got.includes("7"), "she was away when it was said");
  world.end();
});

Deno.test("over the real switch: a slow reader of a hidden room is given up by rule, and comes again to what it missed", async () => {
  const wired = await Wired.make();
  const { world } = wired;
  const room = world.group(groupPolicy(HIDDEN));
  const alice = await wired.join(room, "alice");
  const bob = await wired.join(room, "bob");
  bob.peer.answer = 0;
  for (let n = 0; n < 30; n++) alice.say(`id${n}`, `${n}`);
  await wired.settle();
  assert.equal(bob.got.length, LIMITS.window);
  await wired.wires.pass(LIMITS.silence_ms + 2000);
  await wired.settle();
  assert.deepEqual(bob.device.media, ["slow"]);
  bob.device.seat.leave("absent");
  const again = await wired.join(room, "bob");
  await wired.settle();
  assert.deepEqual(again.got, Array.from({ length: 30 }, (_, n) => `${n}`));
  assert.ok(again.peer.seen.every(({ body }) => !toLatin1(body).includes("alice")));
  world.end();
});

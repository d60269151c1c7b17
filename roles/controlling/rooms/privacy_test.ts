import assert from "node:assert/strict";
import { toLatin1 } from "../../../foundation/mod.ts";
import { Device, groupPolicy, HIDDEN, RoomsWorld } from "./testing/rooms_world.ts";

/** Whatever would tell who somebody is: address, user part, name, number, their machine. */
function tellsOf(name: string, number: string): string[] {
  return [name, `${name} Smith`, number, number.slice(1), `${name}s-phone`];
}

Deno.test("[PRI-2] [PRI-3] [PRI-4] [PRI-14] a long life of a room that hides who is there: nothing that leaves it names anybody", async () => {
  const world = await RoomsWorld.make({ settings: { history: 3 } });
  const room = world.group(groupPolicy({ ...HIDDEN, history: 3 }));
  const names = ["ottilie", "bartholomew", "clementine", "desdemona", "evangeline", "ferdinand"];
  const numbers = names.map((_, n) => `+1555777${n}${n}`);
  const how = (n: number) => ({ name: `${names[n]} Smith`, number: numbers[n] });
  const leaves: string[] = [];
  const all: Device[] = [];
  let stands = room;
  const join = (n: number) => {
    const device = Device.join(world, stands, names[n], how(n));
    all.push(device);
    return device;
  };
  const devices = names.map((_, n) => join(n));
  const look = () => {
    for (const { shown, nickname } of stands.participants) leaves.push(shown.uri, shown.name, nickname);
    leaves.push(stands.uri, stands.id, stands.subject);
  };
  const headersOf = (n: number) =>
    `cc: "${names[n]} Smith" <sip:${names[n]}@example.test>\r\nDateTime: 2026-01-02T03:04:05+0${n}:00\r\n` +
    `NS: imdn <urn:ietf:params:imdn>\r\nimdn.Message-ID: ${n}@${names[n]}s-phone\r\n` +
    `imdn.Disposition-Notification: display\r\nimdn.Original-To: <sip:${names[n]}@example.test>\r\n` +
    `NS: v <urn:${names[n]}>\r\nv.Card: ${names[n]} Smith ${numbers[n]}\r\n`;
  const contents = [
    (n: number) => `Content-Type: text/plain\r\nContent-ID: <1@${names[n]}s-phone>`,
    (n: number) => `Content-Type: application/im-iscomposing+xml\r\nX-Sender: ${names[n]}`,
    (n: number) => `X-Mailer: ${names[n]}s-phone\r\nContent-Disposition: render\r\nContent-Type: text/html`,
    () => "Content-Type: message/imdn+xml\r\nContent-Disposition: notification",
  ];
  let said = 0;
  for (let round = 0; round < 60; round++) {
    const n = round % names.length;
    const alias = [...stands.participants].find(({ aor }) => aor === devices[n].aor)!.shown.uri;
    const peer = [...stands.participants][(round * 7 + 1) % names.length].shown.uri;
    const content = contents[round % contents.length](n);
    const from = round % 3 === 0 ? alias : devices[n].aor;
    const to = round % 5 === 0 ? peer : stands.uri;
    const headers = headersOf(n);
    // IMDN bodies would tell; they are the only content here that names anybody, and must go nowhere.
    const text = content.includes("imdn+xml")
      ? `<imdn><recipient-uri>${devices[n].aor}</recipient-uri></imdn>`
      : `hello ${round}`;
    assert.equal(await devices[n].say(text, { from, to, content, headers }), 200, `${round}`);
    said++;
    look();
    if (round % 7 === 3) {
      devices[n].cut();
      look();
      devices[n] = join(n);
    }
    if (round % 11 === 5) assert.equal(devices[n].nickname(`"Star ${round}"`), 200);
    if (round % 13 === 7) {
      devices[n].seat.leave("departed");
      devices[n] = join(n);
    }
    if (round === 29 || round === 44) {
      await world.settled();
      world.time.advance(2100);
      await world.settled();
      await world.restart(round === 29 ? "killed" : "stopped");
      stands = world.again(room);
      for (let i = 0; i < names.length; i++) devices[i] = join(i);
    }
    world.time.advance(300);
    await world.settled();
  }
  for (const device of all) {
    leaves.push(...device.gotWhole, ...device.dismissed);
    for (const { messageId, contentType, body } of device.leg.got) {
      leaves.push(messageId, contentType, ...body.map((piece) => toLatin1(piece)));
    }
  }
  assert.ok(
    said === 60 && leaves.filter((text) => text.includes("hello")).length > 100,
    `${leaves.length} things left`,
  );
  for (const text of leaves) {
    for (const [n, name] of names.entries()) {
      for (const tell of tellsOf(name, numbers[n])) {
        assert.ok(!text.toLowerCase().includes(tell.toLowerCase()), `"${tell}" in: ${text}`);
      }
    }
  }
  assert.deepEqual(new Set([...stands.participants].map(({ shown }) => shown.uri)).size, names.length);
  world.end();
});

Deno.test("who has left a room that hides who is there and is invited by somebody comes under another alias: the old one is nobody's [PRI-2]", async () => {
  const world = await RoomsWorld.make();
  const room = world.group(groupPolicy(HIDDEN));
  Device.join(world, room, "ottilie");
  const gone = Device.join(world, room, "ferdinand");
  await world.settled();
  const before = room.find(gone.aor)!.shown.uri;
  gone.seat.leave("departed");
  await world.settled();
  Device.join(world, room, "ferdinand", { how: "dialed-out" });
  const after = room.find(gone.aor)!.shown.uri;
  assert.notEqual(after, before);
  assert.equal(room.findShown(before), undefined);
  // Who comes again by themselves keeps it.
  const own = Device.join(world, room, "clementine");
  await world.settled();
  const kept = room.find(own.aor)!.shown.uri;
  own.seat.leave("departed");
  await world.settled();
  Device.join(world, room, "clementine");
  assert.equal(room.find(own.aor)!.shown.uri, kept);
});

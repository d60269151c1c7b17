/** Subscribers whose connection is gone: after a restart, or while the box runs. */
import assert from "node:assert/strict";
import { DurableWorld, FakeDevices } from "../testing/durable_world.ts";
import { EventWorld } from "../testing/event_world.ts";

const BOB = "sip:bob@b.test";
const WATCHER = "sip:watcher@a.test";
const PHONE = "i<urn:uuid:phone>";
const WS = "<sip:x7@abc.invalid;transport=ws>";

function webSocket(world: EventWorld, devices: FakeDevices) {
  const flow = world.inbound("ws");
  devices.names.set(flow.id, PHONE);
  devices.flows.set(`${WATCHER} ${PHONE}`, flow.id);
  return flow;
}
/** Failures of requests are told in a turn of their own. */
const turn = () => new Promise<void>((resolve) => queueMicrotask(resolve));

/** The device's connection ended, and its registration with it. */
function breaks(flow: ReturnType<typeof webSocket>, devices: FakeDevices) {
  flow.close("gone");
  devices.flows.delete(`${WATCHER} ${PHONE}`);
}

Deno.test("a WebSocket breaks: the subscription waits, burns nothing, and goes on when the device is back", () => {
  const devices = new FakeDevices();
  const world = new EventWorld({ devices });
  const first = webSocket(world, devices);
  world.request("SUBSCRIBE", { contact: WS, expires: 3600 }, first);
  world.answer("NOTIFY", 200);
  breaks(first, devices);
  world.time.advance(1000);
  for (const state of ["away", "busy", "open"]) {
    world.presence.state = state;
    world.server.changed("presence", BOB);
    world.time.advance(300_000);
  }
  assert.deepEqual([world.server.size, world.notifies.length], [1, 1]);
  assert.equal(world.metrics.value("sip_watchers_away"), 1);
  const second = webSocket(world, devices);
  world.server.deviceIsBack(WATCHER, "iother", second.id);
  world.server.deviceIsBack("sip:other@a.test", PHONE, second.id);
  assert.equal(world.notifies.length, 1);
  world.server.deviceIsBack(WATCHER, PHONE, second.id);
  assert.deepEqual(
    world.notifies.slice(1),
    ["active;expires=2699 | full open 1"],
    "the newest, and no number left out",
  );
  assert.equal(world.sent("NOTIFY").at(-1)!.flow, second);
  world.answer("NOTIFY", 200);
  world.time.advance(1000);
  world.presence.state = "later";
  world.server.changed("presence", BOB);
  assert.equal(world.sent("NOTIFY").at(-1)!.flow, second);
  assert.equal(world.metrics.value("sip_watchers_away"), 0);
});

Deno.test("a NOTIFY was on its way as the connection broke: the whole state goes out again on the next one", async () => {
  const devices = new FakeDevices();
  const world = new EventWorld({ devices });
  const first = webSocket(world, devices);
  world.request("SUBSCRIBE", { event: "reg", contact: WS }, first);
  breaks(first, devices);
  await turn();
  world.time.advance(200_000);
  const second = webSocket(world, devices);
  world.server.deviceIsBack(WATCHER, PHONE, second.id);
  assert.deepEqual(world.notifies, ["active;expires=600 | full closed 0", "active;expires=400 | full closed 1"]);
});

Deno.test("a device that does not come back: the subscription ends in its time, without a word", () => {
  const devices = new FakeDevices();
  const world = new EventWorld({ devices });
  const flow = webSocket(world, devices);
  world.request("SUBSCRIBE", { contact: WS }, flow);
  world.answer("NOTIFY", 200);
  breaks(flow, devices);
  world.server.changed("presence", BOB);
  world.time.advance(1000);
  assert.equal(world.server.size, 1);
  world.time.advance(600_000);
  assert.deepEqual([world.server.size, world.notifies.length], [0, 1]);
  assert.equal(world.metrics.value("sip_watchers_away"), 0);
});

Deno.test("its own SUBSCRIBE over another connection brings it back too; an end that nobody hears is none", () => {
  const devices = new FakeDevices();
  const world = new EventWorld({ devices });
  const flow = webSocket(world, devices);
  const { toTag } = world.request("SUBSCRIBE", { contact: WS }, flow);
  world.answer("NOTIFY", 200);
  breaks(flow, devices);
  world.time.advance(1000);
  world.server.changed("presence", BOB);
  const next = world.inbound("ws");
  world.request("SUBSCRIBE", { contact: WS, toTag, cseq: 2 }, next);
  assert.deepEqual([world.notifies.length, world.sent("NOTIFY").at(-1)!.flow], [2, next]);
  world.answer("NOTIFY", 200);
  next.close("gone");
  world.server.terminate("presence", BOB, "noresource");
  world.time.advance(300_000);
  assert.deepEqual([world.server.size, world.notifies.length], [0, 2]);
});

Deno.test("a client that registers after it has subscribed is waited for as well", () => {
  const devices = new FakeDevices();
  const world = new EventWorld({ devices });
  const flow = world.inbound("ws");
  world.request("SUBSCRIBE", { contact: WS }, flow);
  world.answer("NOTIFY", 200);
  devices.names.set(flow.id, PHONE);
  devices.flows.set(`${WATCHER} ${PHONE}`, flow.id);
  world.time.advance(1000);
  world.server.changed("presence", BOB);
  world.answer("NOTIFY", 200);
  breaks(flow, devices);
  world.time.advance(1000);
  world.server.changed("presence", BOB);
  world.time.advance(300_000);
  const next = webSocket(world, devices);
  world.server.deviceIsBack(WATCHER, PHONE, next.id);
  assert.equal(world.sent("NOTIFY").at(-1)!.flow, next);
});

Deno.test("a subscriber of no registered device is tried again as before, and then counts as gone", async () => {
  const world = new EventWorld({ devices: new FakeDevices() });
  const flow = world.inbound("ws");
  world.request("SUBSCRIBE", { contact: WS }, flow);
  world.answer("NOTIFY", 200);
  flow.close("gone");
  world.server.changed("presence", BOB);
  for (const [seconds, left] of [[1, 1], [6, 1], [31, 1], [119, 1], [3, 0]]) {
    world.time.advance(seconds * 1000);
    await turn();
    assert.equal(world.server.size, left);
  }
});

Deno.test("a TCP connection breaks: the device's new connection where there is one, else its Contact, else it is waited for", async () => {
  const devices = new FakeDevices();
  const world = new EventWorld({ devices });
  const contact = "<sip:w@192.0.2.9:5080;transport=tcp>";
  const change = (state: string) => {
    world.time.advance(1000);
    world.presence.state = state;
    world.server.changed("presence", BOB);
    return world.sent("NOTIFY").at(-1)!.flow;
  };
  const first = world.inbound("tcp");
  devices.names.set(first.id, PHONE);
  devices.flows.set(`${WATCHER} ${PHONE}`, first.id);
  world.request("SUBSCRIBE", { contact, expires: 3600 }, first);
  world.answer("NOTIFY", 200);
  const second = world.inbound("tcp", "192.0.2.9", 40_001);
  breaks(first, devices);
  devices.flows.set(`${WATCHER} ${PHONE}`, second.id);
  assert.equal(change("registered anew"), second);
  world.answer("NOTIFY", 200);
  breaks(second, devices);
  const own = change("by Contact");
  assert.deepEqual([own.remote, own.inbound], [{ host: "192.0.2.9", port: 5080 }, false]);
  own.close("refused");
  await turn();
  world.time.advance(600_000);
  assert.equal(world.server.size, 1, "it waits");
  const third = world.inbound("tcp", "192.0.2.9", 40_002);
  world.server.deviceIsBack(WATCHER, PHONE, third.id);
  assert.deepEqual([world.sent("NOTIFY").at(-1)!.flow, world.notifies.at(-1)], [
    third,
    "active;expires=2998 | full by Contact 3",
  ]);
});

Deno.test("a live connection whose device does not answer means that it is gone (RFC 6665 §4.2.2)", () => {
  const devices = new FakeDevices();
  const world = new EventWorld({ devices });
  const flow = webSocket(world, devices);
  world.request("SUBSCRIBE", { contact: WS }, flow);
  world.time.advance(33_000);
  assert.equal(world.server.size, 0);
});

Deno.test("restart: UDP goes on, behind a NAT too; TCP by its Contact; WebSocket when its device is back", () => {
  const devices = new FakeDevices();
  const world = new DurableWorld(undefined, undefined, { devices });
  const ws = webSocket(world, devices);
  world.subscribed({ callId: "plain" }, world.flow("udp"));
  world.subscribed({ callId: "nat", contact: "<sip:w@10.0.0.7:5060>" }, world.inbound("udp", "192.0.2.99", 61_000));
  world.subscribed({ callId: "tcp", contact: "<sip:w@192.0.2.9:5080;transport=tcp>" }, world.inbound("tcp"));
  world.subscribed({ callId: "ws", contact: WS }, ws);
  devices.flows.clear();
  devices.names.clear();

  const after = world.restarted(1000);
  after.time.advance(2000);
  after.server.changed("presence", BOB);
  const sent = () =>
    after.sent("NOTIFY").map(({ flow, message }) => `${message.callId} ${flow.transport} ${flow.remote.port}`);
  assert.deepEqual(sent().sort(), ["nat udp 61000", "plain udp 5060", "tcp tcp 5080"]);
  after.time.advance(400_000);
  const flow = after.inbound("ws");
  after.server.deviceIsBack(WATCHER, PHONE, flow.id);
  assert.equal(sent().at(-1), "ws ws 40000");
});

Deno.test("a subscriber that comes with a refresh from somewhere else is told there at once, whatever is under way", async () => {
  const cases: [string, string][] = [
    ["<sip:watcher@10.0.0.7>", "<sip:watcher@10.0.0.7>"],
    ["<sip:watcher@192.0.2.9:5060>", "<sip:watcher@192.0.2.99:5060>"],
  ];
  for (const [before, now] of cases) {
    const world = new EventWorld();
    const old = world.inbound("udp");
    const { toTag } = world.request("SUBSCRIBE", { contact: before, expires: 3600 }, old);
    world.answer("NOTIFY", 200);
    world.presence.state = "lost";
    world.time.advance(1000);
    world.server.changed("presence", BOB);
    assert.equal(world.notifies.length, 2);
    world.time.advance(400);
    const next = world.inbound("udp");
    assert.equal(world.request("SUBSCRIBE", { contact: now, toTag, cseq: 2, expires: 3600 }, next).status, 200);
    assert.equal(world.lastNotify.cseq.number, 3, "not only once the other one is given up");
    assert.equal(world.lastNotify.uri, now.slice(1, -1));
    world.answer("NOTIFY", 200);
    world.time.advance(40_000);
    await turn();
    assert.equal(world.server.size, 1, now);
  }
});

Deno.test("a NOTIFY that nobody answered does not end what was refreshed meanwhile", async () => {
  const world = new EventWorld();
  const flow = world.inbound("udp");
  const { toTag } = world.request("SUBSCRIBE", { contact: "<sip:watcher@10.0.0.7>", expires: 3600 }, flow);
  world.time.advance(20_000);
  assert.equal(world.request("SUBSCRIBE", { contact: "<sip:watcher@10.0.0.7>", toTag, cseq: 2 }, flow).status, 200);
  assert.equal(world.lastNotify.cseq.number, 1, "one at a time");
  world.time.advance(13_000);
  await turn();
  assert.deepEqual([world.server.size, world.lastNotify.cseq.number], [1, 2]);
  world.time.advance(33_000);
  await turn();
  assert.equal(world.server.size, 0, "nobody was heard since");
});

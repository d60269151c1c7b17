import assert from "node:assert/strict";
import { FakeTime } from "../foundation/testing.ts";
import { reason } from "./reason.ts";
import { REJOIN_MS, Rejoining } from "./rejoining.ts";
import { FakeFocus } from "./testing/fake_focus.ts";
import { MemoryNetwork } from "./testing/memory_network.ts";

const ROOM = "sip:conf-1@home.test";

async function world() {
  const network = new MemoryNetwork();
  const focus = new FakeFocus(network);
  const alice = network.device("phone.test", { aor: "sip:alice@home.test" });
  const chat = alice.client.openRoom(["sip:bob@home.test"])!;
  await network.until(() => chat.session?.state === "open", "the room");
  const { notes } = alice;
  const ends = (reason: string) => focus.member!.call!.end(reason);
  return { network, focus, alice, chat, notes, ends };
}

for (
  const reason of ['SIP;cause=503;text="server shuts down"', 'SIP;cause=480;text="too slow for this room"'] as const
) {
  Deno.test(`a room that ends a chat with ${reason} is asked again by its own URI, and the same chat goes on [CHAT-19]`, async () => {
    const { network, focus, alice, chat, notes, ends } = await world();
    ends(reason);
    await network.until(() => chat.state === "lost", "the loss");
    const waiting = chat.send("meanwhile")!;
    await network.until(() => chat.state === "open", "the room again");
    await network.until(() => waiting.state === "sent", "what waited");
    const [, again] = focus.invites;
    assert.equal(`${again.uri}`, chat.target);
    assert.deepEqual([again.get("Require"), again.get("Content-Type")], [undefined, "application/sdp"]);
    assert.match(focus.said[0].text, /\r\n\r\nmeanwhile$/);
    assert.deepEqual([notes.events, notes.chats, alice.client.chats.size], [["down", "up"], [chat], 1]);
  });
}

Deno.test("what comes again after the return is shown once", async () => {
  const { network, focus, chat, notes, ends } = await world();
  const named = "<sip:bob@home.test>\r\nNS: imdn <urn:ietf:params:imdn>\r\nimdn.Message-ID: m1";
  focus.say(named, "once");
  await network.until(() => notes.messages.length === 1, "the message");
  ends('SIP;cause=503;text="x"');
  await network.until(() => chat.state === "lost", "the loss");
  await network.until(() => chat.state === "open", "the room again");
  focus.say(named, "once");
  focus.say(named.replace("m1", "m2"), "missed");
  await network.until(() => notes.messages.length === 2, "what was missed");
  assert.deepEqual(notes.texts, ["once", "missed"]);
});

Deno.test("a connection that cannot be had again ends the call, and the room is asked again", async () => {
  const { network, focus, alice, chat, notes } = await world();
  const { calls } = focus.device;
  // As a server that was started again: it knows nothing of the dialog.
  calls.owns = () => false;
  network.cut();
  await network.until(() => focus.invites.length > 1, "the room is asked");
  calls.owns = Object.getPrototypeOf(calls).owns;
  await network.until(() => chat.state === "open", "the room again");
  assert.deepEqual([notes.events, alice.client.chats.size], [["down", "up"], 1]);
});

Deno.test("a room whose session never stood, and that forgets the call, is asked again, too", async () => {
  const network = new MemoryNetwork();
  const focus = new FakeFocus(network);
  focus.listens = false;
  const alice = network.device("phone.test", { aor: "sip:alice@home.test" });
  const chat = alice.client.joinRoom(ROOM)!;
  await network.until(() => alice.notes.chats.length === 1, "the answer");
  const { calls } = focus.device;
  calls.owns = () => false;
  focus.listens = true;
  network.cut();
  await network.until(() => focus.invites.length > 1 || chat.state === "over", "the room is asked");
  calls.owns = Object.getPrototypeOf(calls).owns;
  await network.until(() => chat.session?.state === "open" || chat.state === "over", "the room again");
  assert.deepEqual([chat.state, alice.notes.events], ["open", ["down", "up"]]);
});

for (const status of [403, 404]) {
  Deno.test(`a room that answers the return with ${status} is over, and what waited has failed`, async () => {
    const { network, focus, alice, chat, notes, ends } = await world();
    focus.refusals.push(status);
    ends('SIP;cause=503;text="x"');
    await network.until(() => chat.state === "lost", "the loss");
    const waiting = chat.send("too late")!;
    await network.until(() => chat.state === "over", "the end");
    assert.equal(focus.invites.length, 2);
    assert.deepEqual([waiting.state, alice.client.chats.size, alice.calls.size], ["failed", 0, 0]);
    assert.match(notes.events.at(-1)!, new RegExp(`^ended: .*\\(${status}\\)$`));
    await network.pass(300_000);
    assert.equal(focus.invites.length, 2);
  });
}

Deno.test("a room that is away is asked a few times, with growing waits, and then no more", async () => {
  const { network, focus, chat, notes, ends } = await world();
  focus.refusals.push(...Array<number>(REJOIN_MS.length + 5).fill(503));
  const times: number[] = [];
  const { push } = focus.invites;
  focus.invites.push = (...invites) => {
    times.push(network.time.monotonic());
    return push.apply(focus.invites, invites);
  };
  ends('SIP;cause=503;text="x"');
  const from = network.time.monotonic();
  await network.until(() => times.length === 3, "three tries");
  assert.equal(chat.state, "lost");
  await network.pass(400_000);
  assert.equal(chat.state, "over");
  assert.match(notes.events.at(-1)!, /^ended: .*\(503\)$/);
  assert.equal(times.length, REJOIN_MS.length);
  const waits = times.map((time, i) => time - (i === 0 ? from : times[i - 1]));
  for (const [i, wait] of waits.entries()) {
    assert.ok(wait >= REJOIN_MS[i] && wait <= REJOIN_MS[i] + 2_000, `${i}: ${wait}`);
  }
});

Deno.test("a room that answers in the end has the chat again, as often as it is steady between", async () => {
  const { network, focus, chat, ends } = await world();
  for (let round = 0; round < 3; round++) {
    focus.refusals.push(503, 503, 480);
    ends('SIP;cause=503;text="x"');
    await network.until(() => chat.state === "lost", "the loss");
    await network.until(() => chat.state === "open", "the room again");
    await network.pass(61_000);
  }
  assert.equal(focus.invites.length, 1 + 3 * 4);
});

Deno.test("whoever leaves while the room is away has left: nothing asks any more", async () => {
  const { network, focus, alice, chat, notes, ends } = await world();
  ends('SIP;cause=503;text="x"');
  await network.until(() => chat.state === "lost", "the loss");
  chat.end("enough");
  assert.equal(chat.state, "over");
  assert.deepEqual(notes.events, ["down", "ended: enough"]);
  await network.pass(300_000);
  assert.deepEqual([focus.invites.length, alice.client.sessions], [1, 0]);
});

Deno.test("whoever leaves while the room is being asked has left, too", async () => {
  const { network, focus, alice, chat, ends } = await world();
  ends('SIP;cause=503;text="x"');
  await network.until(() => focus.invites.length === 2 || chat.session?.state === "binding", "the try");
  chat.end();
  await network.until(() => chat.state === "over" && alice.client.sessions === 0, "the end");
  await network.pass(300_000);
  assert.deepEqual([focus.invites.length, chat.state], [2, "over"]);
});

for (const reason of ["", 'SIP;cause=200;text="Put out of the room"', 'SIP;cause=488;text="Answer not usable"']) {
  Deno.test(`a room that ends a chat with "${reason}" is left alone`, async () => {
    const { network, focus, chat, ends } = await world();
    ends(reason);
    await network.until(() => chat.state === "over", "the end");
    await network.pass(300_000);
    assert.equal(focus.invites.length, 1);
  });
}

Deno.test("a room that never was ours is asked once; a chat between two is not asked again", async () => {
  const { network, focus, alice } = await world();
  focus.refusals.push(503);
  const other = alice.client.joinRoom(ROOM)!;
  await network.until(() => other.state === "over", "the refusal");
  const bob = network.device("bob.test", { door: true });
  const chat = alice.client.openChat(bob.uri)!;
  await network.until(() => bob.notes.chats.length === 1 && chat.state === "open", "the chat");
  bob.notes.chats[0].end();
  await network.until(() => chat.state === "over", "the end");
  await network.pass(300_000);
  assert.equal(focus.invites.length, 2);
});

Deno.test("a room that says when is asked then, within bounds; who finds no place for the session asks later", () => {
  const time = new FakeTime();
  let tries = 0;
  const rejoining = new Rejoining({ clock: time, timers: time.timers }, () => void tries++);
  const after = (ms: number) => {
    time.advance(ms - 100);
    const before = tries;
    time.advance(200);
    return [before, tries];
  };
  assert.ok(rejoining.again(reason(503, "", 20)));
  assert.ok(rejoining.waits);
  assert.deepEqual(after(20_000), [0, 1]);
  assert.ok(!rejoining.waits);
  assert.ok(rejoining.again(reason(503, "", 86_400)));
  assert.deepEqual(after(300_000), [1, 2]);
  assert.ok(rejoining.again(reason(0, "no relay gives a place")));
  assert.deepEqual(after(REJOIN_MS[2]), [2, 3]);
  rejoining.back();
  // It was there, and has ended it as people do.
  assert.equal(rejoining.again(reason(0, "the other side has left")), false);
  assert.ok(!rejoining.waits);
});

for (const away_s of [0, 20]) {
  Deno.test(`a service that has forgotten us hears of us before the room is asked, also where it takes ${away_s} s`, async () => {
    const { network, focus, alice, chat, notes, ends } = await world();
    alice.client.start();
    await network.until(() => alice.client.registered, "the registration");
    focus.registrarCounts = true;
    focus.registered = false;
    focus.registrar = away_s === 0 ? 200 : 503;
    ends('SIP;cause=503;text="server shuts down"');
    await network.until(() => chat.state === "lost", "the loss");
    await network.pass(away_s * 1000);
    assert.equal(focus.invites.length, 1);
    focus.registrar = 200;
    await network.until(() => chat.state === "open", "the room again");
    assert.equal(focus.invites.length, 2);
    assert.deepEqual(notes.events.filter((event) => event === "up" || event.startsWith("ended")), ["up"]);
  });
}

import assert from "node:assert/strict";
import { toLatin1 } from "../../../foundation/mod.ts";
import { SwitchWorld } from "./testing/switch_world.ts";

Deno.test("a connection that breaks is a lost leg; a new one gets what was not answered under the same Message-IDs", async () => {
  const world = new SwitchWorld();
  world.limits.window = 2;
  const [bob, carol] = [await world.join(2), await world.join(3)];
  bob.peer.answer = 0;
  const said = ["a", "b", "c", "d"].map((text) => world.say(text));
  await world.settle();
  bob.answerTo("a");
  await world.settle();
  assert.deepEqual(bob.got, ["a", "b", "c"]);
  bob.peer.duplex.destroy();
  await world.settle();
  assert.equal(bob.why, "lost");
  assert.deepEqual([bob.leg.passed, bob.leg.open, world.room.size], [1, false, 1]);
  assert.deepEqual(world.room.kept(), []);
  said.push(world.say("e"));
  const again = await world.join(2, { after: bob.leg.passed, missed: said.slice(1) });
  assert.deepEqual(again.got, ["b", "c", "d", "e"]);
  assert.deepEqual(again.peer.seen.map(({ request }) => request.messageId), said.slice(1).map((one) => one.messageId));
  assert.deepEqual(carol.got, ["a", "b", "c", "d", "e"]);
});

Deno.test("a re-INVITE with the same description changes nothing; with another peer it goes on there", async () => {
  const world = new SwitchWorld();
  world.limits.window = 2;
  const leg = await world.join(1);
  leg.leg.start("passive", { path: [leg.path] });
  leg.peer.answer = 0;
  for (const text of ["a", "b", "c"]) world.say(text);
  await world.settle();
  leg.answerTo("a");
  await world.settle();
  assert.deepEqual([leg.opened, leg.got], [1, ["a", "b", "c"]]);

  const path = "msrp://moved.test:7000/other;tcp";
  leg.leg.start("passive", { path: [path] });
  assert.deepEqual([leg.leg.open, leg.closed], [false, null]);
  leg.answerTo("b");
  const moved = world.wires.connect(world.box);
  moved.send({ to: leg.leg.uri, from: path, headers: ["Message-ID: bind", "Byte-Range: 1-0/0"] });
  await world.settle();
  assert.deepEqual([leg.opened, leg.leg.open], [2, true]);
  assert.deepEqual(moved.seen.map(({ body }) => toLatin1(body)), ["b", "c"]);
  assert.deepEqual([leg.leg.passed, leg.closed, world.room.size], [3, null, 1]);
  const refused = leg.say("late.1", "late");
  await world.settle();
  assert.equal(leg.peer.response(refused)?.status, 506);
});

Deno.test("an active leg connects, binds, and opens with the answer; a refusal to that closes it", async () => {
  const world = new SwitchWorld();
  const open = world.prepare(1), refused = world.prepare(2), nowhere = world.prepare(3);
  for (const leg of [open, refused]) leg.leg.start("active", { path: [leg.path] });
  nowhere.leg.start("active", { path: ["msrps://there.test:1/x;sctp"] });
  world.say("hello");
  const there = world.wires.reached("dev1.test"), other = world.wires.reached("dev2.test");
  other.answer = 481;
  await world.settle();
  assert.deepEqual([open.opened, open.leg.open, open.leg.passed], [1, true, 1]);
  assert.deepEqual(there.seen.map(({ body }) => toLatin1(body)), ["", "hello"]);
  assert.deepEqual([refused.opened, refused.why], [0, "closed"]);
  assert.equal(nowhere.why, "lost");
});

for (const status of [481, 506]) {
  Deno.test(`${status} to a message, or reported from behind a relay: the other end has no such session any more`, async () => {
    const world = new SwitchWorld();
    const [asked, reported, fine] = [await world.join(1), await world.join(2), await world.join(3)];
    asked.peer.answer = status;
    world.say("a", { messageId: "mess.a" });
    await world.settle();
    assert.deepEqual([asked.why, asked.leg.passed], ["lost", 0]);
    const report = (code: number) =>
      reported.peer.send({
        method: "REPORT",
        to: reported.leg.uri,
        from: reported.path,
        headers: ["Message-ID: mess.a", "Byte-Range: 1-1/1", `Status: 000 ${code} gone`],
      });
    report(413);
    await world.settle();
    assert.equal(reported.why, null);
    report(status);
    await world.settle();
    assert.equal(reported.why, "lost");
    assert.deepEqual([fine.closed, fine.got, world.room.size], [null, ["a"], 1]);
  });
}

Deno.test("a leg that is closed is told once, its place is given up, and its session id is free", async () => {
  const world = new SwitchWorld();
  const [leg, other] = [await world.join(1), await world.join(2)];
  leg.peer.answer = 0;
  world.say("a");
  await world.settle();
  assert.equal(world.room.kept().length, 1);
  leg.leg.close("has left");
  leg.leg.close("has left again");
  assert.deepEqual([leg.closed, leg.leg.open, world.room.size, world.box.size], [null, false, 1, 1]);
  assert.deepEqual(world.room.kept(), []);
  await world.settle();
  assert.deepEqual(leg.closed, { why: "closed", reason: "has left" });
  leg.leg.start("passive", { path: [leg.path] });
  leg.answerTo("a");
  world.say("b");
  await world.settle();
  assert.deepEqual([leg.got, other.got, leg.leg.passed], [["a"], ["a", "b"], 0]);
});

Deno.test("what is closed by those who are told of something is closed in order, and nothing is lost on others", async () => {
  const world = new SwitchWorld();
  const [first, second, third] = [await world.join(1), await world.join(2), await world.join(3)];
  first.onPassed = () => {
    first.leg.close("enough");
    second.leg.close("enough, too");
    world.say("farewell");
  };
  world.say("a");
  await world.settle();
  assert.deepEqual([first.why, second.why, third.closed], ["closed", "closed", null]);
  assert.deepEqual(third.got, ["a", "farewell"]);
  const shy = world.prepare(4);
  shy.onOpen = () => shy.leg.close("not now");
  shy.leg.start("passive", { path: [shy.path] });
  world.say("b");
  shy.bind();
  await world.settle();
  assert.deepEqual([shy.got, shy.why], [[], "closed"]);
});

Deno.test("a room that is closed ends all legs, answers who waits, and takes nobody in", async () => {
  const world = new SwitchWorld();
  const [alice, bob] = [await world.join(1), await world.join(2)];
  world.takes = false;
  const tid = alice.say("m1m1", "one");
  await world.settle();
  world.room.close("the chat is over");
  world.messages[0].report(481, "the chat is over");
  world.say("not any more");
  await world.settle();
  for (const { closed } of [alice, bob]) assert.deepEqual(closed, { why: "closed", reason: "the chat is over" });
  assert.equal(alice.peer.response(tid)?.status, 481);
  assert.deepEqual([world.room.size, world.box.size, world.room.kept().length], [0, 0, 0]);
  assert.throws(() => world.prepare(3), RangeError);
});

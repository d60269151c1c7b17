import assert from "node:assert/strict";
import { fromLatin1, silentLog, toLatin1 } from "../../../foundation/mod.ts";
import type { SwitchedMessage } from "./message.ts";
import { CPIM, SwitchWorld } from "./testing/switch_world.ts";

Deno.test("what one says goes to all others and to its own other devices, in one order, and then it gets its 200 [DLV-1]", async () => {
  const world = new SwitchWorld();
  const [alice, phone, bob, carol] = [
    await world.join(1),
    await world.join(1),
    await world.join(2),
    await world.join(3),
  ];
  const tids = [alice.say("a1a1", "one"), bob.say("b1b1", "two")];
  await world.settle();
  tids.push(alice.say("a2a2", "three"));
  await world.settle();
  assert.deepEqual(carol.got, ["one", "two", "three"]);
  assert.deepEqual(phone.got, ["one", "two", "three"]);
  assert.deepEqual(alice.got, ["two"]);
  assert.deepEqual(bob.got, ["one", "three"]);
  assert.deepEqual(carol.peer.seen.map(({ request }) => request.messageId), ["a1a1", "b1b1", "a2a2"]);
  assert.deepEqual(
    [alice.peer.response(tids[0])?.status, bob.peer.response(tids[1])?.status, alice.peer.response(tids[2])?.status],
    [200, 200, 200],
  );
  // Its own counts as passed.
  for (const { leg } of [alice, phone, bob, carol]) assert.equal(leg.passed, 3);
  assert.deepEqual(world.room.kept(), []);
});

Deno.test("a request has the paths of its leg, the Message-ID of the message, a transaction id of its own, and asks for no report of success", async () => {
  const world = new SwitchWorld();
  const legs = [await world.join(1), await world.join(2)];
  world.say("hello", { messageId: "hello.1" });
  world.append({ body: [fromLatin1("a".repeat(2000)), fromLatin1("b".repeat(1000))], messageId: "pieces.1" });
  world.append({ body: [], messageId: "empty.1" });
  await world.settle();
  const tids = new Set<string>();
  for (const { peer, path, leg } of legs) {
    assert.deepEqual(peer.seen.map(({ continuation }) => continuation), ["$", "$", "$"]);
    assert.deepEqual(
      peer.seen.map(({ request: { method, messageId, start, end, total, contentType, others } }) =>
        `${method} ${messageId} ${start}-${end}/${total} ${contentType}${others}`
      ),
      [`SEND hello.1 1-5/5 ${CPIM}`, `SEND pieces.1 1--1/3000 ${CPIM}`, `SEND empty.1 1-0/0 ${CPIM}`],
    );
    assert.equal(toLatin1(peer.seen[1].body), "a".repeat(2000) + "b".repeat(1000));
    for (const { request } of peer.seen) {
      assert.equal(request.toPath, path);
      assert.equal(request.fromPath, leg.uri);
      assert.equal(request.successReport, false);
      assert.equal(request.failureReport, "yes");
      assert.match(request.tid, /^[A-Za-z0-9][A-Za-z0-9.-]{11}$/);
      tids.add(request.tid);
    }
  }
  assert.equal(tids.size, 6);
});

Deno.test("a leg passes over what is not for it, and its place moves on all the same [DLV-1] [PRI-8]", async () => {
  const world = new SwitchWorld();
  const skips = new Set<number>();
  const [any, bob, text, small] = [
    await world.join(1, { peerTypes: ["*"] }),
    await world.join(2, { skips }),
    await world.join(3, { peerTypes: ["text/*", "image/png"] }),
    await world.join(4, { peerMaxSize: 3 }),
  ];
  world.say("all");
  world.say("longer");
  world.say("to 2", { to: [2] });
  skips.add(9);
  world.say("of 9", { from: 9 });
  skips.delete(9);
  world.say("of 9 again", { from: 9 });
  world.say("text", { contentType: "Text/Plain; charset=utf-8" });
  await world.settle();
  assert.deepEqual(any.got, ["all", "longer", "of 9", "of 9 again", "text"]);
  assert.deepEqual(bob.got, ["all", "longer", "to 2", "of 9 again"]);
  assert.deepEqual(text.got, ["text"]);
  assert.deepEqual(small.got, ["all"]);
  for (const { leg, passed } of [any, bob, text, small]) assert.deepEqual([leg.passed, passed.at(-1)], [6, 6]);
  assert.deepEqual(world.room.kept(), []);
});

Deno.test("users are told how far a leg has come once for all that came in one turn", async () => {
  const world = new SwitchWorld();
  const other = await world.join(2, { skips: new Set([7]) });
  for (let i = 1; i <= 5; i++) world.say(`${i}`, { from: 7 });
  assert.deepEqual(other.passed, []);
  await world.settle();
  assert.deepEqual(other.passed, [5]);
});

Deno.test("NICKNAME and its answer are the owner's", async () => {
  const world = new SwitchWorld();
  const leg = await world.join(1);
  const ask = () =>
    leg.peer.send({
      method: "NICKNAME",
      to: leg.leg.uri,
      from: leg.path,
      headers: ['Use-Nickname: "Alice the great"'],
    });
  const taken = ask();
  await world.settle();
  world.requestStatus = 425;
  const refused = ask();
  await world.settle();
  assert.deepEqual(world.asked, ['NICKNAME "Alice the great"', 'NICKNAME "Alice the great"']);
  assert.deepEqual([leg.peer.response(taken)?.status, leg.peer.response(refused)?.status], [200, 425]);
});

Deno.test("the owner may answer later; until then the sender has no answer", async () => {
  const world = new SwitchWorld();
  const leg = await world.join(1);
  world.takes = false;
  const [first, second] = [leg.say("m1m1", "one"), leg.say("m2m2", "two")];
  await world.settle();
  assert.equal(leg.peer.response(first), undefined);
  world.messages[1].report(403, "not the sender");
  world.messages[0].report(200);
  await world.settle();
  assert.equal(leg.peer.response(first)?.status, 200);
  assert.deepEqual([leg.peer.response(second)?.status, leg.peer.response(second)?.comment], [403, "not the sender"]);
});

Deno.test("what others write before SIP says who the other end is waits, and the right one's counts", async () => {
  const world = new SwitchWorld();
  const early = world.prepare(1);
  early.bind();
  early.say("e1e1", "early");
  await world.settle();
  assert.deepEqual([early.opened, world.messages.length], [0, 0]);
  world.say("waits");
  early.leg.start("passive", { path: [early.path] });
  await world.settle();
  assert.deepEqual([early.opened, early.leg.open, world.messages.length], [1, true, 1]);
  assert.deepEqual(early.got, ["waits"]);

  const wrong = world.prepare(2);
  wrong.leg.start("passive", { path: ["msrp://somebody.test:7000/else;tcp"] });
  wrong.bind();
  await world.settle();
  assert.deepEqual([wrong.opened, wrong.peer.responses.map(({ status }) => status)], [0, [403]]);
});

Deno.test("newcomers get the last messages that were to all, and no private or fleeting one", async () => {
  const world = new SwitchWorld();
  world.room.keepLast(2);
  await world.join(1);
  for (const text of ["a", "b", "c"]) world.say(text);
  world.say("private", { to: [1] });
  world.say("is composing", { fleeting: true });
  await world.settle();
  assert.deepEqual(world.room.kept().map(({ seq }) => seq), [2, 3]);
  const late = await world.join(2, { after: 0 });
  assert.deepEqual(late.got, ["b", "c"]);
  const known = await world.join(3, { after: 2 });
  assert.deepEqual(known.got, ["c"]);
  world.say("d");
  await world.settle();
  assert.deepEqual(world.room.kept().map(({ seq }) => seq), [3, 6]);
  world.room.keepLast(0);
  assert.deepEqual(world.room.kept(), []);
  assert.equal(world.room.last, 6);
});

Deno.test("after a restart everybody gets what was restored and what it missed, once and in order", async () => {
  const world = new SwitchWorld();
  const old = [2, 4, 5, 7].map((seq) => world.message({ seq, body: [fromLatin1(`${seq}`)] }));
  world.room.restore(old);
  assert.equal(world.room.last, 7);
  const first = await world.join(1, { after: 4 });
  assert.deepEqual(first.got, ["5", "7"]);
  world.say("8");
  await world.settle();
  const second = await world.join(2, { after: 2, missed: old.slice(1) });
  const third = await world.join(3, { after: 0, missed: old });
  world.say("9");
  await world.settle();
  assert.deepEqual(first.got, ["5", "7", "8", "9"]);
  assert.deepEqual(second.got, ["4", "5", "7", "9"]);
  assert.deepEqual(third.got, ["2", "4", "5", "7", "9"]);
  assert.deepEqual(world.room.kept(), []);
  assert.throws(() => world.room.restore(old), RangeError);
});

Deno.test("what was missed takes its places among what still stands there, and goes to nobody else", async () => {
  const world = new SwitchWorld();
  const slow = await world.join(1);
  world.say("1");
  const missed = [world.say("2", { to: [2] }), world.say("3", { to: [2] })];
  await world.settle();
  slow.peer.answer = 0;
  world.say("4");
  await world.settle();
  assert.deepEqual(world.room.kept().map(({ seq }) => seq), [4]);
  const back = world.prepare(2, { after: 1, missed: [...missed, world.room.kept()[0]] });
  back.leg.start("passive", { path: [back.path] });
  assert.deepEqual(world.room.kept().map(({ seq }) => seq), [2, 3, 4]);
  back.bind();
  await world.settle();
  assert.deepEqual(back.got, ["2", "3", "4"]);
  assert.deepEqual(slow.got, ["1", "4"]);
  assert.deepEqual(world.room.kept().map(({ seq }) => seq), [4]);
  slow.answerTo("4");
  await world.settle();
  assert.deepEqual(world.room.kept(), []);
  assert.throws(() => world.prepare(3, { after: 0, missed: [world.message({ seq: 99 })] }), RangeError);
});

Deno.test("of two that come again neither takes from the other what it has still to get", async () => {
  const world = new SwitchWorld();
  await world.join(3);
  const toAll = world.say("1");
  const toOne = world.say("2", { to: [1] });
  await world.settle();
  assert.deepEqual(world.room.kept(), []);
  const again = (party: number, missed: SwitchedMessage[]) => {
    const leg = world.prepare(party, { after: 0, missed });
    leg.peer.answer = 0;
    leg.leg.start("passive", { path: [leg.path] });
    leg.bind();
    return leg;
  };
  const second = again(2, [toAll]);
  await world.settle();
  const first = again(1, [toAll, toOne]);
  second.answerTo("1");
  await world.settle();
  assert.equal(second.leg.passed, 2);
  assert.deepEqual(first.got, ["1", "2"]);
  assert.deepEqual(world.room.kept().map(({ seq }) => seq), [1, 2]);
  first.answerTo("1");
  first.answerTo("2");
  world.say("3");
  await world.settle();
  assert.deepEqual([first.leg.passed, first.got], [2, ["1", "2", "3"]]);
  first.answerTo("3");
  second.answerTo("3");
  await world.settle();
  assert.deepEqual(world.room.kept(), []);
});

Deno.test("a place in the order is given once, and a message is as long as it says", () => {
  const world = new SwitchWorld();
  world.say("one", { seq: 3 });
  assert.throws(() => world.say("two", { seq: 3 }), RangeError);
  assert.throws(() => world.room.append({ ...world.message({ seq: 4 }), size: 7 }), RangeError);
  assert.equal(world.room.last, 3);
});

Deno.test("a node without room for another session is a RangeError, and the room is as before", async () => {
  const world = new SwitchWorld({ sessions: 1 });
  const leg = await world.join(1);
  world.say("one");
  await world.settle();
  const missed = [world.message({ seq: 1 })];
  assert.throws(() => world.prepare(2, { after: 0, missed }), RangeError);
  assert.equal(world.room.size, 1);
  assert.deepEqual([...world.room.legs], [leg.leg]);
  assert.deepEqual(world.room.kept(), []);
});

Deno.test("an owner that fails does not keep others from hearing", async () => {
  const errors: string[] = [];
  const log = { ...silentLog, error: (text: string) => void errors.push(text) };
  const world = new SwitchWorld({}, { log });
  const [bad, good] = [await world.join(1), await world.join(2)];
  bad.onPassed = () => {
    throw new Error("of the owner");
  };
  world.say("one");
  await world.settle();
  assert.deepEqual(good.passed, [1]);
  assert.equal(errors.length, 1);
});

import assert from "node:assert/strict";
import type { Dialog } from "../../../transport/sip/mod.ts";
import { FACTORY, FocusWorld, take } from "./testing/focus_world.ts";

const ALICE = "sip:alice@example.test", BOB = "sip:bob@example.test", CAROL = "sip:carol@example.test";
const OLD = "old;to-tag=us;from-tag=alice";

/** alice and bob have a chat, which `OLD` names. */
function chatting(): { world: FocusWorld; ended: string[] } {
  const world = new FocusWorld(), ended: string[] = [];
  world.register("bob");
  world.register("carol");
  const dialog = { callId: "b2b", localTag: "ours", remoteTag: "bobs" } as Dialog;
  world.growing.set(OLD, { by: ALICE, peer: BOB, dialog, end: () => void ended.push(OLD) });
  return { world, ended };
}

const ENTRY = encodeURIComponent(OLD);
const WAYS: [name: string, begin: (world: FocusWorld) => unknown][] = [
  ["Replaces at the entry of a list", (world) => world.invite(FACTORY, { list: [`${BOB}?Replaces=${ENTRY}`, CAROL] })],
  [
    "Session-Replaces at the entry of a list",
    (world) => world.invite(FACTORY, { list: [`${BOB}?Session-Replaces=${ENTRY}`, CAROL] }),
  ],
  [
    "Replaces in the INVITE, the peer not in the list",
    (world) => world.invite(FACTORY, { list: [CAROL], headers: `Replaces: ${OLD}\r\n` }),
  ],
  [
    "Replaces in the INVITE, the peer in the list",
    (world) => world.invite(FACTORY, { list: [BOB, CAROL], headers: `Replaces: ${OLD}\r\nRequire: replaces\r\n` }),
  ],
  ["Replaces in a REFER", (world) => {
    const invited = world.invite(FACTORY, { list: [CAROL] });
    world.within(invited, "ACK");
    world.within(invited, "REFER", `Refer-To: <${BOB}?Replaces=${ENTRY}>\r\nRefer-Sub: false\r\n`);
  }],
];
for (const [name, begin] of WAYS) {
  Deno.test(`a chat of two grows into a room: ${name} [CHAT-13]`, () => {
    const { world, ended } = chatting();
    begin(world);
    const toBob = world.requests("INVITE").find(({ request }) => request.to.uriText === BOB)!;
    const toCarol = world.requests("INVITE").find(({ request }) => request.to.uriText === CAROL)!;
    assert.equal(world.requests("INVITE").length, 2);
    assert.equal(toBob.request.get("Replaces"), "b2b;to-tag=bobs;from-tag=ours");
    assert.equal(toBob.request.lists("Require", "replaces"), true);
    assert.equal(toCarol.request.has("Replaces"), false);
    toBob.answer(180);
    assert.deepEqual(ended, []);
    take(toBob);
    assert.deepEqual(ended, [OLD]);
    assert.equal(world.rooms.made[0].seatOf("bob").standing, "connected");
  });
}

Deno.test("a peer who declines keeps the chat of two; one whose device cannot replace is asked plainly [CHAT-13]", () => {
  const { world, ended } = chatting();
  world.invite(FACTORY, { list: [`${BOB}?Replaces=${ENTRY}`] });
  world.requests("INVITE")[0].answer(603);
  assert.deepEqual(ended, []);
  assert.equal(world.rooms.made[0].seatOf("bob").said.at(-1), "left failed");

  const other = chatting();
  other.world.invite(FACTORY, { list: [`${BOB}?Replaces=${ENTRY}`] });
  other.world.requests("INVITE")[0].answer(420, "Unsupported: replaces\r\n");
  const plain = other.world.requests("INVITE")[1];
  assert.equal(plain.request.has("Replaces"), false);
  take(plain);
  assert.equal(other.world.rooms.made[0].seatOf("bob").standing, "connected");
  assert.deepEqual(other.ended, []);
});

Deno.test("what is not one's own chat, or is with somebody else, is not replaced [CHAT-13]", () => {
  const { world } = chatting();
  // carol knows the identifiers of a chat that she is not in.
  world.invite(FACTORY, { from: "carol", list: [`${BOB}?Replaces=${ENTRY}`] });
  assert.equal(world.requests("INVITE")[0].request.has("Replaces"), false);
  const stolen = world.invite(FACTORY, { from: "carol", headers: `Replaces: ${OLD}\r\n` });
  assert.equal(stolen.answer.status, 481);
  // alice's chat is with bob, not with carol.
  world.invite(FACTORY, { list: [`${CAROL}?Replaces=${ENTRY}`] });
  assert.equal(world.requests("INVITE").at(-1)!.request.has("Replaces"), false);
});

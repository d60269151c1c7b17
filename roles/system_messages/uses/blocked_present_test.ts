import assert from "node:assert/strict";
import { BlockedPresent } from "./blocked_present.ts";
import { CountingLog, FakeTeller, settled } from "./testing/fake_teller.ts";

const ALICE = "sip:alice@example.test", BOB = "sip:bob@example.test";
const ROOM = { id: "r1", uri: "sip:conf-1@example.test", group: "" };

Deno.test("who is in a room with somebody they have blocked is told in which, and not who", async () => {
  const teller = new FakeTeller();
  const blocked = new BlockedPresent(teller, new CountingLog());
  blocked.present(ALICE, ROOM);
  blocked.present(BOB, { ...ROOM, group: "sip:team@example.test" });
  await settled();
  assert.deepEqual(teller.said.map(({ aor }) => aor), [ALICE, BOB]);
  const [one, other] = teller.heard();
  assert.match(one, /^Somebody whom you have blocked is in the chat sip:conf-1@example\.test with you\./);
  assert.match(other, /in the chat sip:team@example\.test with you\./);
});

Deno.test("several who are found at once make one message, later ones another, and no more than five a room", async () => {
  const teller = new FakeTeller();
  const blocked = new BlockedPresent(teller, new CountingLog());
  for (let i = 0; i < 10; i++) blocked.present(ALICE, ROOM);
  await settled();
  assert.equal(teller.heard().length, 1);
  for (let i = 0; i < 10; i++) {
    blocked.present(ALICE, ROOM);
    await settled();
  }
  const more = teller.heard();
  assert.equal(more.length, 4);
  assert.match(more.at(-1)!, /you will not be told again/);
  blocked.ended(ROOM);
  blocked.present(ALICE, ROOM);
  await settled();
  assert.equal(teller.heard().length, 1, "another life of the room");
});

Deno.test("what cannot be said is logged and disturbs nobody", async () => {
  const [teller, log] = [new FakeTeller(), new CountingLog()];
  teller.failure = new Error("the disk is full");
  const blocked = new BlockedPresent(teller, log);
  blocked.present(ALICE, ROOM);
  await settled();
  assert.equal(log.warnings, 1);
  teller.failure = null;
  blocked.present(ALICE, ROOM);
  await settled();
  assert.equal(teller.heard().length, 1);
});

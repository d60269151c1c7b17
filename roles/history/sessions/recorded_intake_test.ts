import assert from "node:assert/strict";
import { FakeTime } from "../../../foundation/testing.ts";
import type { Contents } from "../../../storage/mod.ts";
import { IntakeWorld, type InviteFacts } from "../../deferred/intake/testing/intake_world.ts";
import { FakeContents } from "../../deferred/intake/testing/fake_store.ts";
import { RecordedIntakes } from "./recorded_intake.ts";
import { FakeDesk } from "./testing/fake_desk.ts";

const ALICE = "sip:alice@example.test", BOB = "sip:bob@example.test";

async function storing(wishes: readonly string[], facts: InviteFacts = {}, idle = false) {
  const desk = new FakeDesk();
  desk.idle = idle;
  for (const aor of wishes) desk.wishes.add(aor);
  const contents = new FakeContents() as unknown as Contents;
  const world = new IntakeWorld({}, { recorder: new RecordedIntakes({ desk, contents, clock: new FakeTime() }) });
  const invited = world.invite(facts);
  const alice = world.join(invited);
  await world.quiet();
  return { desk, world, invited, alice };
}

Deno.test("what is stored for somebody who is not there is recorded for both, when it is acknowledged", async () => {
  const { desk, world, invited, alice } = await storing([ALICE, BOB], { headers: "Subject: Lunch\r\n" });
  desk.manual = true;
  alice.say("are you there?");
  await world.quiet();
  assert.deepEqual(alice.told, []);
  desk.commit();
  await world.quiet();
  assert.equal(alice.told.length, 1);
  const [{ facts, kept, listeners }] = desk.opened;
  assert.deepEqual([facts.kind, facts.subject, facts.names], ["session", "Lunch", [invited.received.request.callId]]);
  assert.deepEqual(kept[0].owners, [ALICE, BOB]);
  assert.deepEqual([kept[0].message.from.uri, kept[0].message.to], [ALICE, BOB]);
  assert.deepEqual([listeners.get(ALICE)!.with, listeners.get(BOB)!.with], [BOB, ALICE]);
  world.within(invited.received, "BYE");
  world.time.advance(2_100);
  assert.equal(desk.opened[0].closed, true);
});

Deno.test("an anonymous sender is so in what the recipient records; notifications are stored, and not recorded", async () => {
  const { desk, world, alice } = await storing([BOB], { headers: "Privacy: id\r\n", kind: "large" });
  alice.say("<imdn/>", { contentType: "message/imdn+xml" });
  await world.quiet();
  assert.equal(world.post.messages.length, 1);
  assert.equal(alice.told.length, 1);
  const [{ kept, listeners }] = desk.opened;
  assert.equal(kept.length, 0);
  assert.equal(listeners.get(BOB)!.with, "sip:anonymous@anonymous.invalid");
});

Deno.test("a file has its name; where nobody wants it, nothing is begun", async () => {
  const more = ["a=sendonly", 'a=file-selector:name:"plan.pdf" type:application/pdf size:5'];
  const { desk, world, alice } = await storing([BOB], { kind: "file", more });
  alice.say("12345", { contentType: "application/pdf" });
  await world.quiet();
  assert.deepEqual([desk.opened[0].facts.kind, desk.opened[0].kept[0].message.file], ["file", "plan.pdf"]);
  for (const [wishes, idle] of [[[], false], [[BOB], true]] as const) {
    const other = await storing(wishes, {}, idle);
    other.alice.say("x");
    await other.world.quiet();
    assert.equal(other.desk.opened.length, 0);
    assert.equal(other.alice.told.length, 1);
  }
});

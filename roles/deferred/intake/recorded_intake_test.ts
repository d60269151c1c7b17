import assert from "node:assert/strict";
import { StorageError } from "../../../storage/mod.ts";
import type { IntakeRecorder, RecordedIntake } from "./intake_deps.ts";
import { IntakeWorld, type InviteFacts, textOf } from "./testing/intake_world.ts";

/** Records everything, when the test says so. */
class FakeRecorder implements IntakeRecorder {
  readonly said: RecordedIntake[] = [];
  begun = 0;
  closed = 0;
  wanted = true;
  readonly #waiting: (() => void)[] = [];

  begin() {
    if (!this.wanted) return null;
    this.begun++;
    return {
      said: (message: RecordedIntake, done: () => void) => {
        if (this.closed > 0) throw new Error("said after the end");
        this.said.push({ ...message, body: message.body.slice() });
        this.#waiting.push(done);
      },
      close: () => void this.closed++,
    };
  }
  keep(): void {
    for (const done of this.#waiting.splice(0)) done();
  }
}

async function recorded(facts: InviteFacts = {}) {
  const recorder = new FakeRecorder();
  const world = new IntakeWorld({}, { recorder });
  const invited = world.invite(facts);
  const alice = world.join(invited);
  await world.quiet();
  return { recorder, world, invited, alice };
}

Deno.test("what is stored is recorded before its sender is told, once", async () => {
  const { recorder, world, alice } = await recorded();
  alice.say("one", { messageId: "m1xxxx", others: "Content-Disposition: render\r\n" });
  await world.quiet();
  assert.equal(world.post.messages.length, 1);
  assert.deepEqual(alice.told, []);
  const [{ body, ...rest }] = recorder.said;
  assert.equal(textOf(body), "one");
  assert.deepEqual(rest, {
    messageId: "m1xxxx",
    contentType: "text/plain",
    headers: "Content-Disposition: render\r\n",
    file: "",
    content: null,
  });
  recorder.keep();
  await world.quiet();
  assert.deepEqual(alice.told, ["m1xxxx sent"]);
  alice.say("one", { messageId: "m1xxxx" });
  await world.quiet();
  assert.equal(recorder.said.length, 1, "it is stored already, and was recorded then");
});

Deno.test("a long one is claimed until it is recorded, also where it is brought at once", async () => {
  const { recorder, world, alice } = await recorded({
    kind: "file",
    more: ["a=sendonly", 'a=file-selector:name:"plan.pdf" type:application/pdf size:50000'],
  });
  alice.say(new Uint8Array(50_000), { contentType: "application/pdf" });
  await world.quiet(20);
  const [{ content, file }] = recorder.said;
  assert.equal(file, "plan.pdf");
  assert.equal(content!.octets, 50_000);
  assert.equal(world.contents.claims.get(content!.id), 1);
  recorder.keep();
  await world.quiet();
  assert.equal(world.contents.claims.get(content!.id), 0);
});

Deno.test("what is not stored is not recorded", async () => {
  const { recorder, world, alice } = await recorded();
  world.post.failure = new StorageError("failed", "disk");
  alice.say("lost");
  alice.say("x".repeat(20_000));
  await world.quiet(20);
  assert.deepEqual(recorder.said, []);
  assert.deepEqual([...world.contents.claims.values()], [0]);
});

Deno.test("the recording ends with the session, but not before the last message is kept", async () => {
  const { recorder, world, invited, alice } = await recorded();
  world.post.manual = true;
  alice.say("last");
  await world.quiet();
  world.within(invited.received, "BYE");
  world.time.advance(2_100);
  await world.quiet();
  assert.equal(world.intake.size, 0);
  assert.equal(recorder.closed, 0);
  world.post.commit();
  await world.quiet();
  assert.equal(recorder.said.length, 1);
  recorder.keep();
  await world.quiet();
  assert.equal(recorder.closed, 1);

  const quiet = await recorded();
  quiet.world.within(quiet.invited.received, "BYE");
  quiet.world.time.advance(2_100);
  assert.equal(quiet.recorder.closed, 1);
});

import assert from "node:assert/strict";
import type { Newcomers } from "./newcomers.ts";
import { FakeRegistrations, subscriber } from "./testing/fake_storage.ts";
import { ALICE, RegisterWorld } from "./testing/register_world.ts";

const CONTACT = "Contact: <sip:alice@192.0.2.10:5060>";
const OTHER = "Contact: <sip:alice@192.0.2.20:5060>";

/** Alice is known, but not in the service. What is asked for is admitted when the test says so. */
class NewcomerWorld extends RegisterWorld {
  readonly asked: string[] = [];
  #done: ((error: Error | null) => void) | null = null;

  constructor(confirmAt: string | null, state: "unsubscribed" | "suspended" | "barred" = "unsubscribed") {
    const newcomers: Newcomers = {
      confirmAt: () => confirmAt,
      admit: (aor, done) => {
        this.asked.push(aor);
        this.#done = done;
      },
    };
    super({}, new FakeRegistrations(), [subscriber(ALICE, "wonderland", { state })], undefined, newcomers);
  }

  async admitted(): Promise<void> {
    await this.subscribers.put([{ ...this.subscribers.get(ALICE)!, state: "active" }]);
    this.finished(null);
  }

  /** The change is over; the records are whatever they are. */
  finished(error: Error | null): void {
    const done = this.#done!;
    this.#done = null;
    done(error);
  }
}

Deno.test("implicit: the first registration makes the user a subscriber before its 200, and registers", async () => {
  const world = new NewcomerWorld(null);
  const transaction = world.send(CONTACT);
  assert.deepEqual(world.asked, [ALICE]);
  assert.equal(transaction.responses.length, 0, "nothing is answered before the commit");
  assert.equal(world.registrations.pending, 0, "no binding before the state");
  await world.admitted();
  assert.equal(transaction.responses.length, 0, "the binding is not committed yet");
  world.registrations.commit();
  assert.equal(transaction.answer.status, 200);
  assert.deepEqual(world.contacts(), ["sip:alice@192.0.2.10:5060"]);
  assert.equal(world.register(OTHER, { callId: "two" }).status, 200);
  assert.equal(world.asked.length, 1);
});

Deno.test("what comes meanwhile waits, and is answered in its order", async () => {
  const world = new NewcomerWorld(null);
  const first = world.send(CONTACT);
  const second = world.send(OTHER, { callId: "two" });
  assert.equal(world.asked.length, 1);
  await world.admitted();
  while (world.registrations.pending > 0) world.registrations.commit();
  assert.deepEqual([first.answer.status, second.answer.status], [200, 200]);
  assert.equal(world.contacts().length, 2);
});

Deno.test("a store that fails is 503, nothing is registered, and the next try may work", async () => {
  const world = new NewcomerWorld(null);
  const transaction = world.send(CONTACT);
  const waiting = world.send(OTHER, { callId: "two" });
  world.finished(new Error("disk full"));
  assert.equal(transaction.answer.status, 503);
  assert.ok(transaction.answer.get("Retry-After"));
  assert.deepEqual(world.contacts(), []);
  assert.equal(world.asked.length, 2, "the one behind it tries anew");
  await world.admitted();
  world.registrations.commit();
  assert.equal(waiting.answer.status, 200);
});

Deno.test("a user who was removed meanwhile gets 404, one who was taken back 403", async () => {
  const removed = new NewcomerWorld(null);
  const first = removed.send(CONTACT);
  await removed.subscribers.remove(ALICE);
  removed.finished(null);
  assert.equal(first.answer.status, 404);
  const back = new NewcomerWorld(null);
  const second = back.send(CONTACT);
  back.finished(null);
  assert.equal(second.answer.status, 403);
  assert.deepEqual(back.contacts(), []);
});

Deno.test("explicit: 403 says what to do, in reason and Warning; nothing changes", () => {
  const world = new NewcomerWorld("https://im.example.test/account");
  const answer = world.register(CONTACT);
  assert.equal(answer.status, 403);
  assert.match(answer.reason, /^Confirm the service/);
  assert.equal(
    answer.get("Warning"),
    '399 example.test "Not subscribed to this service: confirm it at https://im.example.test/account"',
  );
  assert.deepEqual([world.asked, world.contacts()], [[], []]);
});

Deno.test("a query and a removal confirm nothing", () => {
  const world = new NewcomerWorld(null);
  assert.equal(world.register("").status, 200);
  assert.equal(world.register("Contact: *\nExpires: 0").status, 200);
  assert.equal(world.register(`${CONTACT};expires=0`).status, 200);
  assert.deepEqual(world.asked, []);
});

Deno.test("without rules nobody comes in by registering", () => {
  const users = [subscriber(ALICE, "wonderland", { state: "unsubscribed" })];
  const answer = new RegisterWorld({}, new FakeRegistrations(), users).register(CONTACT);
  assert.deepEqual([answer.status, answer.reason], [403, "Not subscribed to this service"]);
});

Deno.test("a barred user stays registered, so that the end of the bar finds the devices; a suspended one is refused", () => {
  assert.equal(new NewcomerWorld(null, "barred").register(CONTACT).status, 200);
  assert.equal(new NewcomerWorld(null, "suspended").register(CONTACT).status, 403);
});

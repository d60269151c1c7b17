import assert from "node:assert/strict";
import { Events } from "../../../foundation/mod.ts";
import { FakeTime } from "../../../foundation/testing.ts";
import type { DeferredMessage, StoreOutcome } from "../../../storage/mod.ts";
import type { DeferredEvents } from "../../deferred/mod.ts";
import { Farewell } from "./farewell.ts";
import { CountingLog, settled } from "./testing/fake_teller.ts";

const USERS = Array.from({ length: 500 }, (_, i) => `sip:u${i}@example.test`);

function world(outcome: (message: DeferredMessage) => StoreOutcome = () => ({ kind: "stored", id: 1 })) {
  const time = new FakeTime();
  const posted: DeferredMessage[] = [];
  const events = new Events<DeferredEvents>((error) => {
    throw error;
  });
  const farewell = new Farewell({
    deferred: {
      post: (message, done) => {
        posted.push(message);
        queueMicrotask(() => done(outcome(message)));
      },
    },
    events,
    clock: time,
    timers: time.timers,
    log: new CountingLog(),
    domain: "example.test",
    name: "example.test service",
  });
  const facts = { id: 1, sender: "", size: 0, contentType: "", arrivedAt: 0, device: "", accessNetwork: "" };
  const deliver = ({ recipient, transaction }: DeferredMessage) =>
    events.emit("deferredDelivered", { ...facts, recipient, transaction, deliveredAt: 0, callId: "" });
  return { time, posted, farewell, deliver };
}

Deno.test("all who are here are told, and the wait is over when the last one has it", async () => {
  const { farewell, posted, deliver, time } = world();
  let over = false;
  const said = farewell.say(USERS, "The service restarts now.", 10_000).then((outcome) => {
    over = true;
    return outcome;
  });
  await settled();
  assert.deepEqual(posted.map(({ recipient }) => recipient), USERS);
  assert.equal(new TextDecoder().decode(posted[0].body), "The service restarts now.");
  assert.equal(posted[0].expiresAt, time.now() + 60_000, "old news is brought to nobody");
  for (const message of posted.slice(1)) deliver(message);
  deliver(posted[1]);
  await settled();
  assert.equal(over, false);
  deliver(posted[0]);
  assert.deepEqual(await said, { told: 500, reached: 500 });
});

Deno.test("nobody is waited for longer than was said, and not for whom nothing could be stored", async () => {
  const { farewell, posted, deliver, time } = world(({ recipient }) =>
    recipient.startsWith("sip:u1") ? { kind: "quota", limit: "count", allowed: 1 } : { kind: "stored", id: 1 }
  );
  const said = farewell.say(USERS.slice(0, 20), "The service restarts now.", 5000);
  await settled();
  assert.equal(await farewell.say(USERS, "Once more.", 5000), null);
  deliver(posted[0]);
  time.advance(5000);
  assert.deepEqual(await said, { told: 9, reached: 1 });
  deliver(posted[2]);
});

Deno.test("with nobody here it is over at once", async () => {
  const { farewell } = world();
  assert.deepEqual(await farewell.say([], "The service restarts now.", 5000), { told: 0, reached: 0 });
});

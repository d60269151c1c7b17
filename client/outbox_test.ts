import assert from "node:assert/strict";
import { FakeTime } from "../foundation/testing.ts";
import type { Disposition, Imdn } from "../transport/payload/mod.ts";
import type { SentMessage } from "./im_user.ts";
import { Outbox, Seen } from "./outbox.ts";
import { reason } from "./reason.ts";

function world(max = 100) {
  const told: string[] = [];
  const time = new FakeTime();
  const user = {
    onMessageState: (message: { id: string; state: string }) => void told.push(`${message.id} ${message.state}`),
  };
  return { told, time, outbox: new Outbox(user, time, max) };
}

const DELIVERED: Disposition = { kind: "delivery", status: "delivered" };
const DISPLAYED: Disposition = { kind: "display", status: "displayed" };

Deno.test("states go forward only, whatever comes late or twice", () => {
  const { told, outbox } = world();
  const message = outbox.add("m1", "sip:b@x", "pager", null, true);
  const notify = (disposition: Disposition) => outbox.notified({ messageId: "m1", dateTime: "", disposition });
  notify(DELIVERED);
  message.become("sent");
  notify(DELIVERED);
  message.become("failed", reason(408, "late"));
  notify(DISPLAYED);
  notify(DISPLAYED);
  assert.deepEqual(told, ["m1 delivered", "m1 displayed"]);
  assert.equal(outbox.size, 0);
});

Deno.test("a failure that the service tells is a failure; of unknown messages nothing is said", () => {
  const { told, outbox } = world();
  outbox.add("m1", "sip:b@x", "pager", null, true).become("sent");
  outbox.notified({ messageId: "m1", dateTime: "", disposition: { kind: "delivery", status: "failed" } });
  outbox.notified({ messageId: "m2", dateTime: "", disposition: DELIVERED });
  outbox.notified({ messageId: "m1", dateTime: "", disposition: DELIVERED });
  assert.deepEqual(told, ["m1 sent", "m1 failed"]);
});

Deno.test("messages that are awaited are bounded", () => {
  const { time, outbox } = world(10);
  for (let i = 0; i < 25; i++) outbox.add(`m${i}`, "sip:b@x", "pager", null, true);
  assert.equal(outbox.size, 10);
  outbox.add("plain", "sip:b@x", "pager", null, false);
  assert.equal(outbox.size, 10);
  assert.equal(time.timers.size, 0, "nothing is started for any of them");
});

Deno.test("what was seen is known again, as far as memory goes; without an id nothing is", () => {
  const seen = new Seen(3);
  assert.deepEqual(["a", "b", "a", ""].map((id) => seen.first("sip:x", id)), [true, true, false, true]);
  assert.ok(seen.first("sip:y", "a"), "another sender");
  for (const id of ["c", "d", "e"]) seen.first("sip:x", id);
  assert.ok(seen.first("sip:x", "b"), "forgotten");
});

Deno.test("the service says that it keeps a message: told once, and of no interest once it has arrived", () => {
  const told: string[] = [];
  const user = { onMessageState: (message: SentMessage) => void told.push(`${message.state} ${message.deferred}`) };
  const outbox = new Outbox(user, new FakeTime(), 10);
  const stored: Imdn = { messageId: "m1", dateTime: "", disposition: { kind: "processing", status: "stored" } };
  const message = outbox.add("m1", "sip:b@x", "session", null, true);
  outbox.notified(stored);
  outbox.notified(stored);
  assert.deepEqual(told, ["sent true"]);
  outbox.notified({ ...stored, disposition: DELIVERED });
  assert.deepEqual(told, ["sent true", "delivered true"]);
  const other = outbox.add("m2", "sip:b@x", "session", null, true);
  outbox.notified({ ...stored, messageId: "m2", disposition: DELIVERED });
  outbox.notified({ ...stored, messageId: "m2" });
  assert.deepEqual([message.deferred, other.deferred, told.length], [true, false, 3]);
});

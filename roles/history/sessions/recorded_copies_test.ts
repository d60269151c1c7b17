import assert from "node:assert/strict";
import { utf8 } from "../../../foundation/mod.ts";
import type { DeferredMessage } from "../../../storage/mod.ts";
import { ALICE, BOB, FRIENDS, RecordingWorld } from "../recording/testing/recording_world.ts";
import { RecordedCopies } from "./recorded_copies.ts";

const SENDER = { aor: ALICE, displayName: "Alice", anonymous: false };

function copyFor(recipient: string, text: string, more: Partial<DeferredMessage> = {}): DeferredMessage {
  return {
    recipient,
    device: "",
    sender: ALICE,
    arrivedAt: 0,
    expiresAt: 1,
    transaction: text,
    headers: "From: <sip:x@y>\r\nContent-Type: text/plain\r\nContent-ID: <a@b>\r\n",
    body: utf8(text),
    mode: "large",
    messageId: "m1xxxx",
    content: null,
    ...more,
  };
}

async function copies(world: RecordingWorld) {
  await world.wishes.set(BOB, "pager");
  const recorder = new RecordedCopies({ desk: world.desk, nameOf: () => "Bob", clock: world.time });
  return (message: DeferredMessage, group = "", sender = SENDER) =>
    new Promise<void>((resolve) => recorder.copy({ message, sender, group, callId: "call-1", file: "" }, resolve));
}

Deno.test("a copy of a large message is recorded for its recipient, once, over a kill too; for nobody else", async () => {
  await using world = await RecordingWorld.open();
  const copy = await copies(world);
  for (let i = 0; i < 2; i++) await copy(copyFor(BOB, "a long story"));
  await copy(copyFor(ALICE, "a long story"));
  const again = await world.restarted();
  await (await copies(again))(copyFor(BOB, "a long story"));
  assert.deepEqual(again.list(ALICE), []);
  const [{ with: peer, kind, parties }, ...others] = again.list(BOB);
  assert.deepEqual([peer, kind, others.length], [ALICE, "large", 0]);
  assert.deepEqual(parties.map(({ name }) => name), ["Bob", "Alice"]);
  const [{ contentType, headers, to, body }, ...more] = await again.messages(BOB);
  assert.deepEqual([contentType, headers, to, more.length], ["text/plain", "Content-ID: <a@b>\r\n", BOB, 0]);
  assert.deepEqual(body, utf8("a long story"));
});

Deno.test("of a group it is gathered under the group; of an anonymous sender no address is kept", async () => {
  await using world = await RecordingWorld.open();
  const copy = await copies(world);
  await copy(copyFor(BOB, "to all"), FRIENDS);
  await copy(copyFor(BOB, "who?"), "", { ...SENDER, anonymous: true });
  await copy(copyFor(BOB, "x", { headers: "Content-Type: message/imdn+xml\r\n" }));
  assert.deepEqual(world.list(BOB).map((one) => one.with).sort(), ["sip:anonymous@anonymous.invalid", FRIENDS]);
  const hidden = world.list(BOB).filter((one) => one.with !== FRIENDS);
  assert.ok(!JSON.stringify(hidden).includes("alice"));
});

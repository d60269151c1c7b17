import assert from "node:assert/strict";
import { utf8 } from "../../foundation/mod.ts";
import { StorageError } from "../../storage/mod.ts";
import {
  CPIM_TYPE,
  cpimContentType,
  findSystemMessage,
  IMDN_TYPE,
  imdnHeaders,
  notificationFor,
  parseCpim,
  writeImdn,
} from "../../transport/payload/mod.ts";
import { type Job, plainJob, readJob } from "./job.ts";
import { receiptId, receiptOf } from "./posting.ts";
import { aorOf, MessagesWorld } from "./testing/messages_world.ts";
import type { Track } from "./track.ts";
import { MAX_TRACKS } from "./tracks.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const SYSTEM = "sip:system@example.test";
const ALICE = aorOf("alice"), BOB = aorOf("bob");
const CHOICES = { text: "Do you agree?", options: [{ label: "Yes" }, { label: "No" }] };

/** A device of a user tells what became of a message. */
function tell(world: MessagesWorld, user: string, messageId: string, status: "displayed" | "forbidden" = "displayed") {
  const body = writeImdn({ messageId, dateTime: "", disposition: { kind: "display", status } });
  return world.ask(user, "MESSAGE", { to: SYSTEM, headers: `Content-Type: ${IMDN_TYPE}\r\n`, body });
}

function readBy(world: MessagesWorld, id: string): Record<string, number | null> {
  return Object.fromEntries(world.messages.recipients(id, "", 10).map(({ uri, read_at }) => [uri, read_at]));
}

Deno.test(
  "what is to be receipted asks for it in a wrapper, from the service; without that it is as plain as ever",
  options,
  () =>
    MessagesWorld.with(["alice"], async (world) => {
      await world.send({ to: ALICE, text: "plain" });
      assert.match(world.posted[0].headers, /Content-Type: text\/plain/);
      const { id, ask_read } = await world.send({ to: ALICE, ...CHOICES, ask_read: true });
      assert.equal(ask_read, true);
      const { headers, body } = world.posted[1];
      assert.match(headers, /Content-Type: message\/cpim\r\n/);
      const cpim = parseCpim(body);
      assert.deepEqual([imdnHeaders(cpim).messageId, imdnHeaders(cpim).requests], [id, ["display"]]);
      assert.equal(findSystemMessage(cpimContentType(cpim), cpim.body)?.id, id);
      const now = world.time.now();
      assert.equal(notificationFor(cpim, { kind: "delivery", status: "delivered" }, { now }), null);
      assert.equal(notificationFor(cpim, { kind: "display", status: "displayed" }, { now })!.to, SYSTEM);
    }),
);

Deno.test(
  "sent, delivered, read, answered: each with its time, counted, over a restart",
  options,
  () =>
    MessagesWorld.with(["alice", "bob"], async (world) => {
      world.groups.set("sip:both@example.test", [ALICE, BOB]);
      const { id } = await world.send({ to: "sip:both@example.test", ...CHOICES, ask_read: true });
      const counts = () => {
        const { recipients, delivered, read, answered } = world.messages.get(id)!;
        return [recipients, delivered, read, answered];
      };
      assert.deepEqual(counts(), [2, 0, 0, 0]);
      await world.take("alice");
      await world.take("bob");
      assert.deepEqual(counts(), [2, 2, 0, 0]);
      world.time.advance(5000);
      const readAt = world.time.now();
      assert.equal((await tell(world, "alice", id)).status, 200);
      assert.deepEqual(counts(), [2, 2, 1, 0]);
      world.time.advance(5000);
      // Once more, by her other device: the first time counts.
      assert.equal((await tell(world, "alice", id)).status, 200);
      assert.deepEqual(readBy(world, id), { [ALICE]: readAt, [BOB]: null });
      // Nobody answers what they have not read.
      assert.equal((await world.reply("bob", "1")).status, 200);
      assert.deepEqual(counts(), [2, 2, 2, 1]);
      const [alice, bob] = world.messages.recipients(id, "", 10);
      assert.deepEqual([alice.state, bob.state, bob.read_at], ["delivered", "answered", world.time.now()]);
      assert.equal((await world.reply("alice", "2")).status, 200);
      assert.equal(readBy(world, id)[ALICE], readAt, "read before it was answered");
      await world.restart();
      assert.deepEqual(counts(), [2, 2, 2, 2]);
      assert.equal(readBy(world, id)[ALICE], readAt);
    }),
);

Deno.test(
  "a text to everybody is followed where it is to be receipted",
  options,
  () =>
    MessagesWorld.with(["alice", "bob"], async (world) => {
      const { id } = await world.send({ to: "everybody", text: "It closes at noon.", ask_read: true });
      await world.take("alice");
      await tell(world, "alice", id);
      assert.deepEqual(Object.values(readBy(world, id)).map((at) => at !== null), [true, false]);
      const { recipients, delivered, read, deferred } = world.messages.get(id)!;
      assert.deepEqual([recipients, delivered, read, deferred], [2, 1, 1, 1]);
    }),
);

Deno.test(
  "nobody tells for another, and what was not displayed, is not ours, or cannot be read, is nothing",
  options,
  () =>
    MessagesWorld.with(["alice", "bob"], async (world) => {
      const { id } = await world.send({ to: ALICE, ...CHOICES, ask_read: true });
      await world.take("alice");
      assert.equal((await tell(world, "bob", id)).status, 200);
      assert.equal((await tell(world, "nobody", id)).status, 403);
      assert.equal((await tell(world, "alice", id, "forbidden")).status, 200);
      for (const other of ["x", `${id}.x`, `${id} ${BOB}`, "", `${id}${"1".repeat(5000)}`]) {
        assert.equal((await tell(world, "alice", other)).status, 200, other);
      }
      for (
        const [type, body] of [[IMDN_TYPE, "<imdn"], [CPIM_TYPE, `A: b\r\n\r\nContent-Type: ${IMDN_TYPE}\r\n\r\n<x/>`]]
      ) {
        const headers = `Content-Type: ${type}\r\n`;
        assert.equal((await world.ask("alice", "MESSAGE", { to: SYSTEM, headers, body: utf8(body) })).status, 200);
      }
      assert.deepEqual(readBy(world, id), { [ALICE]: null });
      assert.equal(world.messages.get(id)!.answered, 0);
    }),
);

Deno.test(
  "who is asked anew gets another Message-ID, and what was read once stays read",
  options,
  () =>
    MessagesWorld.with(["alice"], async (world) => {
      const { id } = await world.send({ to: ALICE, ...CHOICES, blocking: true, ask_read: true });
      await world.take("alice");
      await tell(world, "alice", id);
      const readAt = readBy(world, id)[ALICE];
      await world.register("alice");
      const again = imdnHeaders(parseCpim(world.posted.at(-1)!.body)).messageId!;
      assert.equal(again, `${id}.1`);
      assert.deepEqual([world.messages.get(id)!.read, readBy(world, id)[ALICE]], [1, readAt]);
      assert.equal((await tell(world, "alice", again)).status, 200);
      assert.equal(readBy(world, id)[ALICE], readAt);
    }),
);

Deno.test(
  "what cannot be written down is not acknowledged, and is told again",
  options,
  () =>
    MessagesWorld.with(["alice"], async (world) => {
      const { id } = await world.send({ to: ALICE, ...CHOICES, ask_read: true });
      await world.take("alice");
      const tracks = await world.storage.records<Track>("system_message_tracks", MAX_TRACKS);
      const { putAll } = tracks;
      tracks.putAll = () => Promise.reject(new StorageError("full", "the disk is full"));
      assert.equal((await tell(world, "alice", id)).status, 503);
      assert.deepEqual(readBy(world, id), { [ALICE]: null });
      assert.equal(world.messages.get(id)!.read, 0);
      tracks.putAll = putAll;
      assert.equal((await tell(world, "alice", id)).status, 200);
      assert.equal(world.messages.get(id)!.read, 1);
    }),
);

Deno.test("messages stored before anybody could ask are as they were", () => {
  const job = plainJob({ id: "a-1", at: 1, by: "x", cause: "", to: ALICE, text: "t", recipients: 1 });
  const { askRead: _new, ...before } = job;
  assert.deepEqual(readJob(before as Job), job);
  assert.deepEqual(["a1-f0", "a1-f0.7", "a1-f0.", "A-f", "a1-f0 x"].map(receiptOf), ["a1-f0", "a1-f0", "", "", ""]);
  assert.equal(receiptOf(receiptId("a1-f0", 12)), "a1-f0");
});

import assert from "node:assert/strict";
import { Events, Metrics, silentLog, utf8 } from "../../../foundation/mod.ts";
import { buildMultipart } from "../../../transport/payload/mod.ts";
import { Exploder } from "../../controlling/explosion/exploder.ts";
import type { ExplosionEvents } from "../../controlling/explosion/explosion_events.ts";
import { ListFunction, type ListFunctionParts } from "../../controlling/explosion/list_function.ts";
import { MemoryStates } from "../../controlling/explosion/testing/memory_states.ts";
import { PagerWorld, settle } from "../../participating/testing/pager_world.ts";
import { insertBefore, rowsFrom } from "../../sip_core/mod.ts";
import { RecordingRows } from "./recording_rows.ts";
import { EXPLODER } from "./testing/pager_recording.ts";
import { ALICE, BOB, CAROL, FRIENDS, RecordingWorld } from "./testing/recording_world.ts";

const POLICY = {
  terms: { invitesMembers: true },
  members: [ALICE, BOB, CAROL],
  mayInitiate: () => null,
  mayJoin: () => null,
};

/** A pager service with the box's own list function, recorded. Bob has a device, carol is away. */
function withLists(recording: RecordingWorld): PagerWorld {
  const { desk, kept, time } = recording;
  recording.settings.record = "everything";
  const events = new Events<ExplosionEvents>((error) => {
    throw error;
  });
  const world = new PagerWorld({}, undefined, undefined, undefined, (table, { services: { domains } }) => {
    const rows = new RecordingRows({
      desk,
      contents: kept.contents,
      pager: { limit_bytes: 1300 },
      clock: time,
      log: silentLog,
      isGroup: (uri) => uri === FRIENDS,
      exploder: EXPLODER,
    });
    rows.joinMessages(table);
    const exploder = new Exploder({
      states: new MemoryStates(),
      deliver: rowsFrom(table, "target class"),
      isService: (uri) => uri === FRIENDS,
      maySend: () => true,
      domains,
      events,
      clock: time,
      log: silentLog,
      metrics: new Metrics(),
    });
    exploder.start();
    const lists = new ListFunction({
      exploder,
      policies: {
        isGroup: (uri: string) => uri === FRIENDS,
        policyOf: () => Promise.resolve(POLICY),
      } as unknown as ListFunctionParts["policies"],
      settings: { list_size: 20 },
      deferral: { default_s: 3600, max_s: 3600 },
      events,
      clock: time,
      log: silentLog,
      host: "example.test",
    });
    insertBefore(table, "content rules", { name: "messages to lists", element: lists.listElement });
    insertBefore(table, "target class", { name: "messages to groups", element: lists.element });
    rows.joinLists(table);
  });
  world.user("carol");
  world.device("bob", "sip:bob@198.51.100.7:5060");
  return world;
}

/** Bob's device takes what comes, until all is done. */
async function delivered(world: PagerWorld, recording: RecordingWorld): Promise<void> {
  for (let i = 0; i < 5; i++) {
    await settle();
    for (const sent of world.sent) if (sent.pending) sent.answer(200);
    await recording.settled();
  }
}

Deno.test("a message to a list: once for who writes it, once for each who gets it, now or later; its report for nobody", async () => {
  await using recording = await RecordingWorld.open();
  const world = withLists(recording);
  const entries = [BOB, CAROL, FRIENDS].map((uri) => `<entry uri="${uri}"/>`).join("");
  const { contentType, body } = buildMultipart("mixed", [
    { headers: [["Content-Type", "text/plain"]], body: utf8("tea?") },
    {
      headers: [["Content-Type", "application/resource-lists+xml"], ["Content-Disposition", "recipient-list"]],
      body: utf8(
        `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list>${entries}</list></resource-lists>`,
      ),
    },
  ]);
  const message = {
    uri: EXPLODER,
    callId: "list-1",
    headers: `Content-Type: ${contentType}\r\nRequire: recipient-list-message\r\n`,
  };
  const received = world.message(new TextDecoder().decode(body), message);
  await delivered(world, recording);
  assert.deepEqual(received.statuses, [202]);
  // Sent again: the same answer, and no second record.
  const again = world.message(new TextDecoder().decode(body), message);
  await delivered(world, recording);
  assert.deepEqual(again.statuses, [202]);
  for (const [owner, peer] of [[ALICE, EXPLODER], [BOB, ALICE], [CAROL, ALICE]]) {
    assert.deepEqual(await recording.texts(owner), ["tea?"], owner);
    assert.equal(recording.list(owner)[0].with, peer);
    assert.equal((await recording.messages(owner))[0].from.uri, ALICE);
  }
});

Deno.test("a message to a group: once for everybody, under the group", async () => {
  await using recording = await RecordingWorld.open();
  const world = withLists(recording);
  const received = world.message("hello friends", { uri: FRIENDS });
  await delivered(world, recording);
  assert.deepEqual(received.statuses, [202]);
  for (const owner of [ALICE, BOB, CAROL]) {
    assert.deepEqual(await recording.texts(owner), ["hello friends"], owner);
    assert.equal(recording.list(owner).length, 1);
    assert.equal(recording.list(owner)[0].with, FRIENDS);
  }
});

Deno.test("the 202 to the sender of a list waits for the record", async () => {
  await using recording = await RecordingWorld.open();
  const world = withLists(recording);
  recording.kv.hold();
  const received = world.message("hello friends", { uri: FRIENDS });
  for (let i = 0; i < 10; i++) await settle();
  assert.deepEqual(received.statuses, []);
  recording.kv.release();
  await delivered(world, recording);
  assert.deepEqual(received.statuses, [202]);
});

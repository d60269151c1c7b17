/** What our own client has recorded and gets back, over real sockets: messages, chats, files, rooms. */
import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { memoryFile, MemorySink } from "../../client/testing/memory_network.ts";
import { record, recordings, remove, RetrievalFailure, retrieve, retrieveAll } from "../support/history_client.ts";
import { ImDevice, type Transport } from "../support/im_device.ts";
import { ParleyProcess, users } from "../support/parley.ts";
import { eventually } from "../support/rest.ts";
import { XcapClient } from "../support/xcap_client.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
let parley: ParleyProcess;

Deno.test.beforeAll(async () => {
  parley = await ParleyProcess.start({ users: users("alice", "bob", "carol") });
});
Deno.test.afterAll(async () => {
  await parley?.[Symbol.asyncDispose]();
});

/** Alice and Bob, and afterwards nothing of what Alice recorded. */
async function between(transport: Transport, test: (alice: ImDevice, bob: ImDevice) => Promise<void>): Promise<void> {
  const alice = await ImDevice.open(parley, "alice", { transport }), bob = await ImDevice.open(parley, "bob");
  try {
    await test(alice, bob);
  } finally {
    const left = await recordings(documents("alice"));
    if (left.length > 0) equal(await remove(alice.client, left), null);
    deepEqual(await recordings(documents("alice")), []);
    await Promise.all([alice.close(), bob.close()]);
  }
}

function documents(user: string): XcapClient {
  return new XcapClient({ user, domain: parley.domain, port: parley.webPort });
}

/** As soon as there is that many. */
async function recorded(user: string, count: number): Promise<string[]> {
  let references: string[] = [];
  await eventually(
    async () => (references = await recordings(documents(user))).length === count,
    `${count} recordings`,
  );
  return references;
}

Deno.test(
  "messages with somebody are recorded from a command on, come back as they were said, and are gone when deleted [HST-1]",
  options,
  () =>
    between("tcp", async (alice, bob) => {
      alice.client.sendPager(bob.uri, "before");
      await bob.until(() => bob.texts.includes("before"), "the message");
      equal(await record(alice.client, { party: bob.uri }, "start", "Work/Bob"), null);
      alice.client.sendPager(bob.uri, "Größe 🌼");
      await bob.until(() => bob.texts.includes("Größe 🌼"), "the message");
      bob.client.sendPager(alice.uri, "got it");
      await alice.until(() => alice.texts.includes("got it"), "the answer");
      equal(await record(alice.client, { party: bob.uri }, "stop"), null);
      alice.client.sendPager(bob.uri, "after");
      await bob.until(() => bob.texts.includes("after"), "the message");

      const references = await recorded("alice", 1);
      const messages = await retrieveAll(alice.client, references, 2);
      deepEqual(messages.map(({ from, text }) => [from.uri, text]), [[alice.uri, "Größe 🌼"], [bob.uri, "got it"]]);
      deepEqual(messages.map(({ contentType }) => contentType), [
        "text/plain;charset=UTF-8",
        "text/plain;charset=UTF-8",
      ]);
      for (const { at } of messages) match(at, /^\d{4}-\d\d-\d\dT/);

      deepEqual(await recordings(documents("bob")), [], "nobody else records it");
      const another = (error: unknown) => error instanceof RetrievalFailure && error.status === 404;
      await rejects(retrieve(bob.client, references), another);
      await rejects(retrieve(alice.client, ["h-nothing"]), another);
      equal((await remove(bob.client, references))?.status, 404);
      equal(await remove(alice.client, references), null);
      await rejects(retrieve(alice.client, references), another);
    }),
);

for (const transport of ["tcp", "tls", "ws"] as const) {
  Deno.test(
    `a chat is recorded from inside of its session, over ${transport} [HST-1]`,
    options,
    () =>
      between(transport, async (alice, bob) => {
        const chat = alice.client.openChat(bob.uri)!;
        chat.send("before");
        await bob.until(() => bob.texts.includes("before"), "the message");
        equal(await record(alice.client, chat, "start", "Plans"), null);
        const [theirs] = bob.client.chats;
        const long = `long ${"0123456789".repeat(1_800)}`;
        for (const text of ["one", long]) {
          chat.send(text);
          await bob.until(() => bob.texts.includes(text), "the message");
        }
        theirs.send("two");
        await alice.until(() => alice.texts.includes("two"), "the answer");
        chat.end();
        await alice.until(() => alice.client.sessions === 0, "the end");
        const messages = await retrieveAll(alice.client, await recorded("alice", 1), 3);
        deepEqual(messages.map(({ from, text }) => [from.uri, text]), [
          [alice.uri, "one"],
          [alice.uri, long],
          [bob.uri, "two"],
        ]);
      }),
  );
}

Deno.test(
  "whoever publishes that all is recorded has files, too, octet for octet [HST-1]",
  options,
  () =>
    between("tcp", async (alice, bob) => {
      alice.client.publish({ recording: { session: true, pagerAndLarge: true } });
      await alice.until(() => alice.notes.events.includes("published"), "the settings");
      const content = new Uint8Array(10_000_000).map((_, i) => (i * 31) >> 3);
      const sink = new MemorySink();
      bob.notes.offered = (file) => file.accept(sink);
      alice.client.sendFile(bob.uri, memoryFile("plan ä.bin", content, "application/x-plan"));
      await bob.until(() => bob.notes.ended.length === 1, "the file");
      const [file] = await retrieveAll(alice.client, await recorded("alice", 1), 1);
      deepEqual([file.contentType, file.size], ["application/x-plan", content.length]);
      deepEqual(file.octets, content);
    }),
);

Deno.test(
  "a room is recorded for who asks, by its URI; who is in it besides has nothing [HST-1]",
  options,
  () =>
    between("tcp", async (alice, bob) => {
      const carol = await ImDevice.open(parley, "carol");
      try {
        const room = alice.client.openRoom([bob.uri, carol.uri], "Picnic")!;
        await alice.until(() => room.state === "open", "the room");
        await bob.until(() => bob.notes.chats.length === 1, "bob");
        await carol.until(() => carol.notes.chats.length === 1, "carol");
        equal(await record(alice.client, room, "start", "Picnic"), null);
        room.send("who brings the cake?");
        await bob.until(() => bob.texts.length === 1, "the message");
        bob.notes.chats[0].send("I do");
        await alice.until(() => alice.texts.length === 1, "the answer");
        const messages = await retrieveAll(alice.client, await recorded("alice", 1), 2);
        deepEqual(messages.map(({ text }) => text), ["who brings the cake?", "I do"]);
        deepEqual(await recordings(documents("carol")), []);
      } finally {
        await carol.close();
      }
    }),
);

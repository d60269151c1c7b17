/** What is recorded comes back to a client whose MSRP goes through a relay (RFC 4976): kamailio's, and Parley's own. */
import { deepEqual, equal, rejects } from "node:assert/strict";
import { ClientHistory } from "../../client/mod.ts";
import { record, remove, RetrievalFailure, retrieve, retrieveAll, type Retrieved } from "../support/history_client.ts";
import { ImDevice } from "../support/im_device.ts";
import { ParleyProcess, users } from "../support/parley.ts";
import { interopTest } from "../support/process.ts";
import { eventually } from "../support/rest.ts";
import { KamailioRelay } from "./kamailio_relay.ts";

const TEXTS = Array.from({ length: 40 }, (_, n) => `said ${n} 🌼`);
/** Above 16 KiB: it is kept, and comes, in pieces. */
const LONG = "Größe der Dinge. ".repeat(1500);

function recordings(device: ImDevice): Promise<string[]> {
  return new Promise((resolve, reject) =>
    new ClientHistory(device.client).list(1, ({ recordings }, problem) => {
      if (problem !== null) return reject(new Error(problem.text));
      resolve(recordings.filter(({ open }) => !open).map(({ reference }) => reference));
    })
  );
}

/** All of it, octet for octet. The long one may have been whole before or behind what its sender said meanwhile: it came in chunks. */
function whole(came: readonly Retrieved[]): void {
  const texts = came.map(({ text }) => text);
  equal(texts.filter((text) => text === LONG).length, 1);
  deepEqual(texts.filter((text) => text !== LONG), TEXTS);
}

/** Bob says something in a chat that Alice records; she fetches it again with all her sessions behind the relay. */
async function fetchesBehind(parley: ParleyProcess, relay: string): Promise<void> {
  const more = ["--relay", relay];
  const alice = await ImDevice.open(parley, "alice", { more }), bob = await ImDevice.open(parley, "bob");
  try {
    const chat = bob.client.openChat(alice.uri)!;
    await alice.until(() => chat.state === "open" && alice.notes.chats.length === 1, "the chat");
    equal(await record(alice.client, alice.notes.chats[0], "start"), null);
    for (const text of TEXTS) chat.send(text);
    chat.send(LONG);
    await alice.until(() => alice.texts.length === TEXTS.length + 1, "what bob says");
    chat.end();
    let references: string[] = [];
    await eventually(async () => (references = await recordings(alice)).length === 1, "the recording");
    const came = await retrieveAll(alice.client, references, TEXTS.length + 1);
    whole(came);
    deepEqual([...new Set(came.map(({ from }) => from?.uri))], [bob.uri]);
    // Once more, and at the same time: each session has a place of its own at the relay.
    const both = await Promise.all([retrieve(alice.client, references), retrieve(alice.client, references)]);
    for (const again of both) whole(again);
    equal(await remove(alice.client, references), null);
    await rejects(
      retrieve(alice.client, references),
      (error) => error instanceof RetrievalFailure && error.status === 404,
    );
  } finally {
    await Promise.all([alice.close(), bob.close()]);
  }
}

interopTest(
  "what is recorded comes back through kamailio's MSRP relay, whole and in order [HST-1]",
  ["kamailio"],
  async () => {
    await using kamailio = await KamailioRelay.start();
    await using parley = await ParleyProcess.start({ users: users("alice", "bob") });
    await fetchesBehind(parley, kamailio.uri);
  },
);

interopTest(
  "what is recorded comes back through the box's own MSRP relay, whole and in order [HST-1]",
  [],
  async () => {
    await using parley = await ParleyProcess.start({ users: users("alice", "bob"), config: "[relay]\nplain = true\n" });
    await fetchesBehind(parley, `msrp://127.0.0.1:${parley.msrpPort};tcp`);
  },
);

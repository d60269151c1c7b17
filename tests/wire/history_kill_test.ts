/**
 * `kill -9` while conversations are recorded: by MESSAGE, in chats, with files. What was acknowledged is recorded for both sides, metadata
 * say what is there, nothing is left over; and what is deleted cannot be read by whoever has database, key file and vault. PARLEY_FULL=1
 * runs the 50 rounds of the issue.
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import { Attacker } from "../../storage/testing_attacker.ts";
import { memoryFile, MemorySink } from "../../client/testing/memory_network.ts";
import { withStorage } from "../support/box_storage.ts";
import { ImDevice } from "../support/im_device.ts";
import { ParleyProcess, users } from "../support/parley.ts";
import { Recorded } from "../support/recorded.ts";
import { NoAnswer, SipClient, statusOf } from "../support/sip_client.ts";

const ROUNDS = Deno.env.get("PARLEY_FULL") === "1" ? 50 : 4;
const encoder = new TextEncoder();

/** What users were told of, by who recorded it: sender and recipient. */
interface Acknowledged {
  readonly texts: Map<string, readonly [string, string]>;
}

async function playRound(parley: ParleyProcess, round: number, told: Acknowledged): Promise<void> {
  const [a, b] = [`a${round}`, `b${round}`];
  const alice = await SipClient.open({ user: a, domain: parley.domain, port: parley.port });
  const bob = await SipClient.open({ user: b, domain: parley.domain, port: parley.port });
  // Nobody waits long for an answer of a box that was killed.
  for (const client of [alice, bob]) client.patience_ms = 3_000;
  for (const client of [alice, bob]) equal(statusOf(await client.register()), 200);
  const [carol, dave] = [await ImDevice.open(parley, `c${round}`), await ImDevice.open(parley, `d${round}`)];
  dave.notes.offered = (file) => file.accept(new MemorySink());
  const chat = carol.client.openChat(dave.uri)!;
  await carol.until(() => chat.state === "open", "the chat");
  let over = false;
  const messages = (async () => {
    try {
      for (let n = 0; !over; n++) {
        const text = `message ${round} ${n} by word`;
        const answer = await alice.message(bob.aor, text);
        if (statusOf(answer) < 300) told.texts.set(text, [a, b]);
      }
    } catch (error) {
      if (!over || !(error instanceof NoAnswer)) throw error;
    }
  })();
  const said = new Map<string, string>();
  const talk = setInterval(() => {
    const text = `chat ${round} ${said.size} by word`.padEnd(100 + (said.size % 7) * 900, ".");
    const message = chat.send(text);
    if (message !== null) said.set(message.id, text);
  }, 5);
  // A file on its way, or two of them through.
  for (let n = 0; n < 3; n++) {
    carol.client.sendFile(
      dave.uri,
      memoryFile(`${n}.bin`, new Uint8Array(700_000).fill(round), "application/x-parley"),
    );
  }
  await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 900));
  over = true;
  await parley.kill();
  clearInterval(talk);
  await messages;
  // What the box has answered; a notification of the other device may be quicker, and is no word of the box.
  for (const [id, text] of said) {
    if (carol.notes.states.get(id)?.some((state) => state.startsWith("sent"))) {
      told.texts.set(text, [`c${round}`, `d${round}`]);
    }
  }
  for (const client of [alice, bob]) client.close();
  for (const device of [carol, dave]) await device.close();
  await parley.run();
}

Deno.test({
  name:
    `${ROUNDS} times kill -9 while it is recorded: nothing acknowledged is missing, metadata and content agree, nothing is left over; what is deleted is gone from the disk, too [HST-1] [HST-2] [PRI-11]`,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const names = Array.from({ length: ROUNDS }, (_, round) => ["a", "b", "c", "d"].map((kind) => `${kind}${round}`))
      .flat();
    await using parley = await ParleyProcess.start({
      users: users(...names),
      config: '[history]\nrecord = "everything"\n',
    });
    const told: Acknowledged = { texts: new Map() };
    for (let round = 0; round < ROUNDS; round++) await playRound(parley, round, told);

    // What each has, and what metadata say of it.
    const found = new Map<string, Map<string, number>>();
    let conversations = 0;
    for (const name of names) {
      const recorded = await Recorded.signIn(parley, name);
      const texts = new Map<string, number>();
      for (const conversation of await recorded.list()) {
        conversations++;
        const sayings = await recorded.said(conversation.reference);
        equal(sayings.length, conversation.messages, `messages of ${conversation.reference}`);
        equal(conversation.open, false, "it ended with the box");
        let octets = 0;
        for (const { seq, text } of sayings) {
          const original = await recorded.content(conversation.reference, seq, "original");
          octets += original.length;
          if (text !== null) texts.set(text, (texts.get(text) ?? 0) + 1);
        }
        equal(octets, conversation.octets, `octets of ${conversation.reference}`);
      }
      found.set(name, texts);
    }
    for (const [text, both] of told.texts) {
      for (const name of both) equal(found.get(name)!.get(text), 1, `${name}: "${text.trimEnd().slice(0, 40)}"`);
    }
    console.log(
      `${ROUNDS} kills: ${told.texts.size} acknowledged messages are recorded for both sides, in ${conversations} conversations`,
    );
    ok(told.texts.size > ROUNDS * 5, "too little load to say anything");

    // Nothing but what is named: contents of files that were cut off are swept.
    await parley.stop();
    const image = `${parley.dir}/image`;
    await Deno.mkdir(image);
    const [kv, keyFile] = ["parley.kv", "parley.key"];
    for await (const { name, isFile } of Deno.readDir(`${parley.dir}/data`)) {
      if (isFile) await Deno.copyFile(`${parley.dir}/data/${name}`, `${image}/${name}`);
    }
    const before = await new Attacker(`${image}/${keyFile}`, `${image}/${keyFile}.vault`).read(`${image}/${kv}`);
    ok(before.includes("message 0 0 by word"), "the attacker can read what is there");
    await parley.run();
    for (const name of names) {
      const recorded = await Recorded.signIn(parley, name);
      for (const { reference } of await recorded.list()) await recorded.rest.delete(`/me/history/${reference}`);
      deepEqual(await recorded.list(), []);
    }
    await parley.stop();
    await withStorage(`${parley.dir}/data`, (storage) => {
      const { recordings, messages, octets } = storage.history;
      deepEqual({ recordings, messages, octets, contents: storage.contents.octets }, {
        recordings: 0,
        messages: 0,
        octets: 0,
        contents: 0,
      });
      return Promise.resolve();
    });
    // The database as it was, with all that the disk holds now; and the files as they are.
    const data = `${parley.dir}/data`;
    const after = await new Attacker(`${data}/${keyFile}`, `${data}/${keyFile}.vault`).read(`${image}/${kv}`);
    ok(!/by word/.test(after), "with the keys that are left nothing of what was there opens");
    for await (const { name, isFile } of Deno.readDir(data)) {
      if (!isFile) continue;
      const octets = await Deno.readFile(`${data}/${name}`);
      ok(!includes(octets, encoder.encode("by word")), name);
    }
  },
});

function includes(octets: Uint8Array, wanted: Uint8Array): boolean {
  for (let at = octets.indexOf(wanted[0]); at >= 0; at = octets.indexOf(wanted[0], at + 1)) {
    if (wanted.every((octet, i) => octets[at + i] === octet)) return true;
  }
  return false;
}

/**
 * Records conversations until it is killed, and says on stdout what was begun and what was acknowledged, one line each:
 * `+ owner text octets reference` kept, `- reference` about to be removed, `x reference` removed. Some messages have contents; conversations
 * end, and are put away. Run by history_crash_test.ts: `history_writer.ts KV KEYFILE ROUND`.
 */
import { silentLog, systemClock, TimerQueues } from "../../foundation/mod.ts";
import { openStorage } from "../mod.ts";
import { writeContent } from "../testing_contents.ts";
import { append, facts, said } from "../testing_history.ts";

const [kv, keyFile, round] = Deno.args;
const timers = new TimerQueues(systemClock, (error) => {
  throw error;
});
timers.run();
const storage = await openStorage({ kv, keyFile, clock: systemClock, timers, log: silentLog });
const { history } = storage;
const encoder = new TextEncoder();
const references: [owner: string, reference: string][] = [];
let count = 0;

function say(line: string): void {
  Deno.stdout.writeSync(encoder.encode(line + "\n"));
}

async function talk(worker: number): Promise<void> {
  const owners = [`sip:a${worker}@x`, `sip:b${worker}@x`].slice(0, 1 + Math.floor(Math.random() * 2));
  const talk = history.begin("session");
  for (const owner of owners) talk.join(facts(owner));
  const waiting: Promise<void>[] = [];
  for (let n = Math.ceil(Math.random() ** 3 * 150); n > 0; n--) {
    const text = `${round}/${count++}`;
    const octets = Math.random() < 0.05 ? 100_000 : Math.floor(Math.random() * 2_000);
    const body = encoder.encode(`${text} `.padEnd(octets, "."));
    const content = octets > 16_384 ? await writeContent(storage.contents, body) : null;
    const message = said(count, { messageId: text, body: content === null ? body : new Uint8Array(), content });
    const some = Math.random() < 0.2 ? owners.slice(0, 1) : owners;
    const kept = append(talk, message, ...some).then(({ error }) => {
      if (error !== null) throw error;
      for (const owner of some) say(`+ ${owner} ${text} ${body.length} ${talk.referenceOf(owner)}`);
    });
    waiting.push(kept);
    if (Math.random() < 0.3) await kept;
  }
  await Promise.all(waiting);
  for (const owner of owners) {
    const reference = talk.referenceOf(owner);
    if (reference !== null) references.push([owner, reference]);
  }
  talk.close();
}

async function removeOne(): Promise<void> {
  const [[owner, reference]] = references.splice(Math.floor(Math.random() * references.length), 1);
  say(`- ${reference}`);
  await history.remove(owner, [reference]);
  say(`x ${reference}`);
}

async function work(worker: number): Promise<void> {
  for (;;) {
    await talk(worker);
    if (references.length > 3 && Math.random() < 0.7) await removeOne();
  }
}

say("ready");
for (let worker = 0; worker < 3; worker++) {
  work(worker).catch((error) => {
    say(`! ${error}`);
    Deno.exit(1);
  });
}

/**
 * Stores and removes messages with contents until it is killed, and says on stdout what was begun and what was acknowledged, one line
 * each: `+ id seed octets` stored, `- id` about to remove, `x id` removed. Some are abandoned half-way. Run by contents_crash_test.ts:
 * `content_writer.ts KV KEYFILE ROUND`.
 */
import { silentLog, systemClock, TimerQueues } from "../../foundation/mod.ts";
import { openStorage } from "../mod.ts";
import { deferred } from "../testing.ts";
import { finished, octetsOf, room } from "../testing_contents.ts";

const [kv, keyFile, round] = Deno.args;
const timers = new TimerQueues(systemClock, (error) => {
  throw error;
});
timers.run();
const limits = { count: 1e6, octets: 1e12, totalCount: 1e6, totalOctets: 1e12 };
const storage = await openStorage({ kv, keyFile, clock: systemClock, timers, log: silentLog, deferred: limits });
const encoder = new TextEncoder();

function say(line: string): void {
  Deno.stdout.writeSync(encoder.encode(line + "\n"));
}

const stored: number[] = [];
let count = 0;

/** Writes one content in pieces and stores a message for it; false where it was abandoned. */
async function storeOne(): Promise<boolean> {
  const seed = Number(round) * 100_000 + count++;
  const octets = octetsOf(Math.floor(Math.random() ** 3 * 1_500_000), seed);
  const writer = storage.contents.write();
  for (let at = 0; at < octets.length; at += 20_000) {
    writer.write(octets.subarray(at, at + 20_000));
    await room(writer);
    if (Math.random() < 0.005) {
      writer.abandon();
      return false;
    }
  }
  const content = await finished(writer);
  if (content instanceof Error) throw content;
  const message = deferred(seed, { mode: "file", messageId: `m${seed}`, content, expiresAt: Date.now() + 1e8 });
  const outcome = await new Promise<{ kind: string; id?: number }>((resolve) =>
    storage.deferredMessages.store({ ...message, body: new Uint8Array() }, resolve)
  );
  if (outcome.kind !== "stored") throw new Error(JSON.stringify(outcome));
  say(`+ ${outcome.id} ${seed} ${octets.length}`);
  stored.push(outcome.id!);
  return true;
}

async function removeOne(): Promise<void> {
  const id = stored.splice(Math.floor(Math.random() * stored.length), 1)[0];
  say(`- ${id}`);
  const error = await new Promise((resolve) => storage.deferredMessages.remove(id, resolve));
  if (error !== null) throw error;
  say(`x ${id}`);
}

async function work(): Promise<void> {
  for (;;) if (await storeOne() && Math.random() < 0.8) await removeOne();
}

say("ready");
for (let worker = 0; worker < 4; worker++) {
  work().catch((error) => {
    say(`! ${error}`);
    Deno.exit(1);
  });
}

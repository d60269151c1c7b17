/**
 * Writes to a store until it is killed, and says on stdout what was begun and what was acknowledged, one line each:
 * `+ id transaction` stored, `- id` about to remove, `x id` removed, `r name version` state saved (of a
 * registration, a subscription, a publication or a room, by its name), `c n value` counter n updated to that value; `m room seq` said
 * in a room, `d room seq` about to drop all up to there.
 * Run by crash_test.ts: `busy_writer.ts KV KEYFILE ROUND`.
 */
import { silentLog, systemClock, TimerQueues } from "../../foundation/mod.ts";
import { openStorage, type States } from "../mod.ts";
import { deferred } from "../testing.ts";

const [kv, keyFile, round] = Deno.args;
const timers = new TimerQueues(systemClock, (error) => {
  throw error;
});
timers.run();
const limits = { count: 1e6, octets: 1e9, totalCount: 1e6 };
const storage = await openStorage({ kv, keyFile, clock: systemClock, timers, log: silentLog, deferred: limits });
const encoder = new TextEncoder();

function say(line: string): void {
  Deno.stdout.writeSync(encoder.encode(line + "\n"));
}

function fail(error: unknown): never {
  say(`! ${error}`);
  Deno.exit(1);
}

let count = 0;
const stored: number[] = [];

function storeOne(): void {
  const n = `${round}-${count++}`;
  const expiresAt = Date.now() + 1e8;
  const body = new Uint8Array(50 + Math.floor(Math.random() * 3000));
  storage.deferredMessages.store(deferred(0, { transaction: n, expiresAt, body }), (outcome) => {
    if (outcome.kind !== "stored") fail(JSON.stringify(outcome));
    say(`+ ${outcome.id} ${n}`);
    stored.push(outcome.id);
    if (Math.random() < 0.85) removeOne();
    storeOne();
  });
}

function removeOne(): void {
  const id = stored.splice(Math.floor(Math.random() * stored.length), 1)[0];
  say(`- ${id}`);
  storage.deferredMessages.remove(id, (error) => {
    if (error !== null) fail(error);
    say(`x ${id}`);
  });
}

function saveOne(log: States, name: string, version: number): void {
  log.save(name, { version, round: Number(round) }, false, (error) => {
    if (error !== null) fail(error);
    say(`r ${name} ${version}`);
    saveOne(log, name, version + 1);
  });
}

let last = Number(round) * 1_000_000;
/** Every eighth is so large that it is a content of its own. */
function sayInRoom(room: string): void {
  const seq = ++last;
  const body = [new Uint8Array(seq % 8 === 0 ? 70_000 : 50 + Math.floor(Math.random() * 3000)).fill(seq % 251)];
  const message = { seq, messageId: `m${seq}`, contentType: "message/cpim", from: 1, to: null, at: seq, body };
  storage.roomMessages.append(room, message, (error) => {
    if (error !== null) fail(error);
    say(`m ${room} ${seq}`);
    if (seq % 40 === 0) {
      say(`d ${room} ${seq - 20}`);
      storage.roomMessages.drop(room, seq - 20);
    }
    sayInRoom(room);
  });
}

const counters = await storage.records<{ value: number }>("counters", 10);
async function countOne(id: string): Promise<void> {
  for (;;) {
    const { value } = (await counters.update(id, (known) => ({ value: (known?.value ?? 0) + 1 })))!;
    say(`c ${id} ${value}`);
  }
}

say("ready");
const first = Number(round) * 1_000_000;
for (let i = 0; i < 20; i++) storeOne();
for (let i = 0; i < 3; i++) sayInRoom(`room-${i}`);
for (let n = 0; n < 5; n++) {
  saveOne(storage.registrations, `sip:${n}@x`, first);
  saveOne(storage.subscriptions, `s${n}`, first);
  saveOne(storage.publications, `presence-${n}`, first);
  saveOne(storage.rooms, `conf-${n}`, first);
}
for (let counter = 0; counter < 3; counter++) countOne(`${counter}`).catch(fail);

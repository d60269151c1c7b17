/**
 * What storing costs, in CPU µs of the process per operation: `deno run -A tests/bench/storage_bench.ts [DIR]`. DIR is where
 * the store is made (default: a temporary folder). Five rounds; the first is dear (the compiler is still at work).
 */
import process from "node:process";
import { join } from "node:path";
import { silentLog, systemClock, TimerQueues } from "../../foundation/mod.ts";
import { type DeferredMessage, openStorage, type ParleyStorage, type Subscriber } from "../../storage/mod.ts";

const ROUNDS = 5;
const MESSAGES = 20_000;
const SENDERS = 50;
const OCTETS = 700;

function cpu(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

const results = new Map<string, number[]>();

async function measure(name: string, operations: number, work: () => Promise<void> | void): Promise<void> {
  const before = cpu();
  await work();
  const each = (cpu() - before) / operations;
  const list = results.get(name) ?? [];
  list.push(each);
  results.set(name, list);
}

const headers =
  `Content-Type: text/plain;charset=UTF-8\r\nFrom: <sip:alice@example.test>;tag=abc\r\n`.padEnd(400, "x") + "\r\n";
const body = new Uint8Array(OCTETS - headers.length).fill(97);

function message(n: number): DeferredMessage {
  return {
    recipient: `sip:user${n % 1000}@example.test`,
    device: "",
    sender: "sip:alice@example.test",
    arrivedAt: Date.now(),
    expiresAt: Date.now() + 3_600_000,
    transaction: `${n}-${performance.now()}@host;abc;${n}`,
    headers,
    body,
  };
}

/** `SENDERS` at a time, each waiting for its answer before the next. */
function storeAll(storage: ParleyStorage, count: number): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const ids: number[] = [];
    let begun = 0;
    const one = () => {
      if (begun === count) return;
      storage.deferredMessages.store(message(begun++), (outcome) => {
        if (outcome.kind !== "stored") return reject(new Error(JSON.stringify(outcome)));
        ids.push(outcome.id);
        if (ids.length === count) resolve(ids);
        else one();
      });
    };
    for (let i = 0; i < SENDERS; i++) one();
  });
}

function removeAll(storage: ParleyStorage, ids: readonly number[]): Promise<void> {
  return new Promise((resolve, reject) => {
    let begun = 0;
    let ended = 0;
    const one = () => {
      if (begun === ids.length) return;
      storage.deferredMessages.remove(ids[begun++], (error) => {
        if (error !== null) reject(error);
        else if (++ended === ids.length) resolve();
        else one();
      });
    };
    for (let i = 0; i < SENDERS; i++) one();
  });
}

function saveAll(storage: ParleyStorage, count: number, lazily: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    let begun = 0;
    let ended = 0;
    const one = () => {
      if (begun === count) return;
      const n = begun++;
      const value = [{
        contact: `sip:user${n}@192.0.2.1:5060;transport=udp`,
        params: `;q=0.7;+g.oma.sip-im`,
        q: 0.7,
        instance: `<urn:uuid:00000000-0000-1000-8000-${n}>`,
        regId: 1,
        path: [],
        callId: `${n}@host`,
        cseq: n,
        expiresAt: Date.now(),
      }];
      storage.registrations.save(`sip:user${n}@example.test`, value, lazily, (error) => {
        if (error !== null) reject(error);
        else if (++ended === count) resolve();
        else one();
      });
    };
    for (let i = 0; i < SENDERS; i++) one();
  });
}

function subscriber(n: number): Subscriber {
  const credentials = {
    realm: "example.test",
    md5: "a".repeat(32),
    sha256: "b".repeat(64),
    md5WithDomain: "c".repeat(32),
    sha256WithDomain: "d".repeat(64),
  };
  const aor = `sip:user${n}@example.test`;
  return {
    aor,
    displayName: `User ${n}`,
    e164: `+1555${n}`,
    state: "active",
    deferral: "offline",
    credentials,
    createdAt: 1,
    changedAt: 1,
  };
}

function heap(): number {
  for (let i = 0; i < 3; i++) (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const folder = Deno.args[0] ?? Deno.makeTempDirSync({ prefix: "parley-storage-bench-" });
const timers = new TimerQueues(systemClock, (error) => console.error(error));
timers.run();
const options = {
  kv: join(folder, "parley.kv"),
  keyFile: join(folder, "parley.key"),
  clock: systemClock,
  timers,
  log: silentLog,
  deferred: { count: 100_000, octets: 1e9, totalCount: 1e6 },
};
async function costs(): Promise<void> {
  const storage = await openStorage(options);
  const people = Array.from({ length: 10_000 }, (_, n) => subscriber(n));
  const importing = performance.now();
  await measure("subscriber imported", people.length, () => storage.subscribers.put(people));
  console.log(`10,000 users imported in ${Math.round(performance.now() - importing)} ms`);
  for (let round = 0; round < ROUNDS; round++) {
    let ids: number[] = [];
    await measure("store, 50 senders", MESSAGES, async () => {
      ids = await storeAll(storage, MESSAGES);
    });
    const recent = ids.slice(-4000);
    await measure("read from cache", recent.length, async () => {
      for (const id of recent) await storage.deferredMessages.read(id);
    });
    await measure("read from the store", 2000, async () => {
      for (const id of ids.slice(0, 2000)) await storage.deferredMessages.read(id);
    });
    await measure("remove, 50 at a time", MESSAGES, () => removeAll(storage, ids));
    await measure("registration saved, 50 at a time", 10_000, () => saveAll(storage, 10_000, false));
    await measure("audit entry, in the call only", 5000, () => {
      const at = Date.now();
      for (let n = 0; n < 5000; n++) {
        storage.auditLog.append({ at, event: "login", actor: "sip:a@b", facts: { from: "192.0.2.1" } });
      }
    });
    await measure("audit entry, written", 5000, async () => void await storage.auditLog.list({ limit: 1 }));
  }
  await storage.close();
}

/** Octets in memory for a registration and for a user. */
async function memory(): Promise<void> {
  const before = heap();
  const opening = performance.now();
  const storage = await openStorage(options);
  const took = Math.round(performance.now() - opening);
  console.log(`opened with ${storage.subscribers.size} users and 10,000 registrations in ${took} ms`);
  const both = heap();
  for (const _ of storage.registrations.load());
  const loaded = heap();
  console.log(`memory: ${Math.round((loaded - before) / 10_000)} octets for each of 10,000 users with a registration,`);
  console.log(`and until load() ${Math.round((both - loaded) / 10_000)} for what the registrar takes over`);
  for (const { aor } of storage.subscribers.list("", 20_000)) await storage.subscribers.remove(aor);
  console.log(`of the former ${Math.round((heap() - before) / 10_000)} for the registration`);
  await storage.close();
}

if (Deno.args[1] === "memory") await memory();
else {
  await costs();
  // In a process of its own, where nothing else is in memory.
  const args = ["run", "-A", "--v8-flags=--expose-gc", import.meta.filename!, folder, "memory"];
  await new Deno.Command(Deno.execPath(), { args, stdout: "inherit", stderr: "inherit" }).spawn().status;
}
timers.stop();
for (const [name, list] of results) {
  const sorted = [...list].sort((a, b) => a - b);
  console.log(
    `${name.padEnd(36)} median ${sorted[sorted.length >> 1].toFixed(1)} µs  (${
      list.map((n) => n.toFixed(1)).join(" ")
    })`,
  );
}
if (results.size > 0) console.log("database", Deno.statSync(options.kv).size, "octets");
if (Deno.args[0] === undefined) Deno.removeSync(folder, { recursive: true });

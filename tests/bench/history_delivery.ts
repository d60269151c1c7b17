/**
 * What recording adds to a MESSAGE that is delivered, beside a box that records nothing. Each round has the same messages through both
 * boxes, and then as many commits as recording made of it in a store that has nothing else to do, of as many octets and at the same pace:
 * what recording costs beside the commit is told of each round by itself, so that what the machine does meanwhile counts for all three.
 */
import process from "node:process";
import { Metrics, silentLog, systemClock, TimerQueues } from "../../foundation/mod.ts";
import { openStorage, type ParleyStorage } from "../../storage/mod.ts";
import type { Flow } from "../../transport/sip/mod.ts";
import { NO_TLS, SipWires } from "../../transport/sip/flows/mod.ts";
import { ParleyProcess, passwordOf } from "../support/parley.ts";
import { LoadClient, type Operation } from "./load_client.ts";
import { PAIRS, registration, relay } from "./operations.ts";

export interface DeliveryOptions {
  readonly rounds: number;
  /** Messages of a round. */
  readonly ops: number;
  /** So often are `IN_FLIGHT` messages sent; 0: as fast as they are answered. */
  readonly pace_ms: number;
}

/** Messages that are on their way at a time. */
const IN_FLIGHT = 40;
/** Messages before the first round: half of what each pair has put away at a time, so that all of it is put away in the midst of rounds. */
const WARM_UP = 12_800;
/**
 * Messages before each round, as fast as they are answered: a box that was at rest gives back its memory and compiled code with it, and to
 * have that again costs some 20 to 40 µs a message, on threads that would count.
 */
const LEAD_IN = 25_600;
/** Of the records before the first round. */
const OCTETS_AT_FIRST = 8_000;
/** Records that the store of the commits has in turn. */
const PLACES = 50;

/** What a store has committed. */
interface Committed {
  readonly commits: number;
  readonly octets: number;
}

/** A store of its own, for commits alone. */
interface CommitStore {
  readonly storage: ParleyStorage;
  readonly metrics: Metrics;
}

/** A box, and a client that relays messages through it. */
interface Measured {
  readonly parley: ParleyProcess;
  readonly client: LoadClient;
}

export async function delivery(options: DeliveryOptions): Promise<void> {
  const timers = new TimerQueues(systemClock, (error) => {
    throw error;
  });
  timers.run();
  const clients = new Map<Flow, LoadClient>();
  const wires = new SipWires({ log: silentLog, metrics: new Metrics(), clock: systemClock, timers, tls: NO_TLS });
  wires.handler = { onMessage: (flow, head) => clients.get(flow)?.receive(head), onGarbage() {}, onRefused() {} };
  await wires.listen("udp://127.0.0.1:0");
  await wires.listen("tcp://127.0.0.1:0");
  const idle = await box("nothing", wires, clients);
  const busy = await box("everything", wires, clients);
  const dir = await Deno.makeTempDir({ prefix: "parley-bench-" });
  const place = { kv: `${dir}/parley.kv`, keyFile: `${dir}/parley.key` };
  const metrics = new Metrics();
  const storage = await openStorage({ ...place, clock: systemClock, timers, log: silentLog, metrics });
  const store = { storage, metrics };
  for (const one of [idle, busy]) await send(one, "warm", { ...options, ops: WARM_UP, pace_ms: 0 });
  const plain = await octetsOf(store, 0);
  await commitCost(store, 500, OCTETS_AT_FIRST, 0);

  const found = { none: [] as number[], all: [] as number[], commits: [] as number[], beside: [] as number[] };
  for (let round = 0; round < options.rounds; round++) {
    // Who comes first changes: it pays for what was cold.
    const first = round % 2 === 0 ? idle : busy;
    const [one, other] = [
      await messageCost(first, `first${round}`, options),
      await messageCost(first === idle ? busy : idle, `second${round}`, options),
    ];
    const [none, all] = first === idle ? [one, other] : [other, one];
    const count = Math.max(1, Math.round(all.commits * options.ops));
    const octets = Math.max(0, Math.round(all.octets / all.commits) - plain);
    const commits = all.commits * await commitCost(store, count, octets, options.pace_ms);
    const beside = all.cost - none.cost - commits;
    found.none.push(none.cost);
    found.all.push(all.cost);
    found.commits.push(commits);
    found.beside.push(beside);
    console.error(
      `nothing ${none.cost.toFixed(1)} µs, everything ${all.cost.toFixed(1)} µs, ${
        all.commits.toFixed(3)
      } commits and ${all.octets.toFixed(0)} octets a message ` +
        `${commits.toFixed(1)} µs: ${beside.toFixed(1)} µs beside`,
    );
  }
  console.log(`MESSAGE delivered over TCP, nothing recorded: ${spread(found.none)} CPU`);
  console.log(`MESSAGE delivered over TCP, both sides recorded: ${spread(found.all)} CPU`);
  console.log(`its share of commits of the same octets: ${spread(found.commits)}`);
  console.log(`recording beside the commit, round by round: ${spread(found.beside)}`);
  for (const { parley } of [idle, busy]) await parley[Symbol.asyncDispose]();
  await storage.close();
  await wires.close();
  timers.stop();
  await Deno.remove(dir, { recursive: true });
}

/** From a trusted hop that has the box serve the sender, too: else nothing of the sender's is recorded. */
function served(operation: Operation, { port }: ParleyProcess): Operation {
  const route = `Route: <sip:127.0.0.1:${port};transport=tcp;lr;orig>\r\n`;
  return {
    ...operation,
    request: (n) => {
      const request = operation.request(n);
      return { ...request, lines: route + request.lines };
    },
  };
}

async function box(record: string, wires: SipWires, clients: Map<Flow, LoadClient>): Promise<Measured> {
  const people = (letter: string) =>
    Array.from({ length: PAIRS }, (_, i) => ({ name: `${letter}${i}`, password: passwordOf(`${letter}${i}`) }));
  const parley = await ParleyProcess.start({
    users: [...people("a"), ...people("b")],
    config: `[trust]\nhops = ["127.0.0.1/32"]\n[history]\nrecord = "${record}"\nquota_bytes = 1000000000\n`,
  });
  const flow = wires.flowTo({ transport: "tcp", host: "127.0.0.1", port: parley.port, tlsName: "" })!;
  const client = new LoadClient(flow);
  clients.set(flow, client);
  const cseq = Date.now() % 2_000_000_000;
  for (const letter of ["a", "b"]) {
    await client.run(registration("set up", letter, PAIRS, client.contactHost, false, cseq), PAIRS, 50);
  }
  return { parley, client };
}

async function send(
  { parley, client }: Measured,
  run: string,
  { ops, pace_ms }: DeliveryOptions,
): Promise<void> {
  const operation = served(relay(run, false), parley);
  if (pace_ms === 0) return await client.run(operation, ops, IN_FLIGHT);
  for (let sent = 0; sent < ops; sent += IN_FLIGHT) {
    const due = performance.now() + pace_ms;
    await client.run(operation, IN_FLIGHT, IN_FLIGHT, sent);
    await until(due);
  }
}

/** CPU of one message, µs, and what was committed of it. */
async function messageCost(
  measured: Measured,
  run: string,
  options: DeliveryOptions,
): Promise<Committed & { readonly cost: number }> {
  const { parley } = measured;
  await send(measured, `lead-${run}`, { ...options, ops: LEAD_IN, pace_ms: 0 });
  const before = await committedBy(parley);
  const began = parley.cpu_us();
  await send(measured, run, options);
  const cost = (parley.cpu_us() - began) / options.ops;
  const { commits, octets } = await committedBy(parley);
  return { cost, commits: (commits - before.commits) / options.ops, octets: (octets - before.octets) / options.ops };
}

/** CPU of one commit, µs, of a record of so many octets. */
async function commitCost({ storage }: CommitStore, count: number, octets: number, pace_ms: number): Promise<number> {
  const record = "x".repeat(octets);
  const before = cpu_us();
  for (let i = 0; i < count; i++) {
    const due = performance.now() + pace_ms;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const saved = (error: Error | null) => error === null ? resolve() : reject(error);
    storage.registrations.save(`sip:u${i % PLACES}@example.test`, [record], false, saved);
    await promise;
    if (pace_ms > 0) await until(due);
  }
  return (cpu_us() - before) / count;
}

/** What a store counts for a commit of a record of so many octets. */
async function octetsOf(store: CommitStore, octets: number): Promise<number> {
  const before = store.metrics.value("parley_storage_octets")!;
  await commitCost(store, 1, octets, 0);
  return store.metrics.value("parley_storage_octets")! - before;
}

/** Since its start. */
async function committedBy(parley: ParleyProcess): Promise<Committed> {
  const text = await parley.metrics();
  const read = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1] ?? NaN);
  return { commits: read("parley_storage_commits"), octets: read("parley_storage_octets") };
}

function until(due: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
}

function cpu_us(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

function spread(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
  const median = sorted[sorted.length >> 1];
  return `median ${median.toFixed(1)} µs (${sorted[0].toFixed(1)} to ${sorted[sorted.length - 1].toFixed(1)}, mean ${
    mean.toFixed(1)
  })`;
}

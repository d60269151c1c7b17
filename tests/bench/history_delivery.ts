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
import { CHAT, LoadClient } from "./load_client.ts";
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
/** Messages before the first round: the code that runs often is compiled by then, on threads that would count for some 20 µs a message. */
const WARM_UP = 25_600;
/** Octets of a recorded message beside its body, in the form that goes into a commit. */
const RECORD_OCTETS = 110;
/** Records that the store of the commits has in turn. */
const PLACES = 50;

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
  const storage = await openStorage({ ...place, clock: systemClock, timers, log: silentLog });
  for (const { client } of [idle, busy]) await send(client, "warm", { ...options, ops: WARM_UP, pace_ms: 0 });
  await commitCost(storage, 500, IN_FLIGHT, 0);

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
    const commits = all.commits * await commitCost(storage, count, options.ops / count, options.pace_ms);
    const beside = all.cost - none.cost - commits;
    found.none.push(none.cost);
    found.all.push(all.cost);
    found.commits.push(commits);
    found.beside.push(beside);
    console.error(
      `nothing ${none.cost.toFixed(1)} µs, everything ${all.cost.toFixed(1)} µs, ${
        all.commits.toFixed(3)
      } commits a message ` +
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

async function send(client: LoadClient, run: string, { ops, pace_ms }: DeliveryOptions): Promise<void> {
  const operation = relay(run, false);
  if (pace_ms === 0) return await client.run(operation, ops, IN_FLIGHT);
  for (let sent = 0; sent < ops; sent += IN_FLIGHT) {
    const due = performance.now() + pace_ms;
    await client.run(operation, IN_FLIGHT, IN_FLIGHT, sent);
    await until(due);
  }
}

/** CPU of one message, µs, and the commits that it took. */
async function messageCost(
  { parley, client }: Measured,
  run: string,
  options: DeliveryOptions,
): Promise<{ readonly cost: number; readonly commits: number }> {
  const committed = await commitsOf(parley);
  const before = parley.cpu_us();
  await send(client, run, options);
  const cost = (parley.cpu_us() - before) / options.ops;
  return { cost, commits: (await commitsOf(parley) - committed) / options.ops };
}

/** CPU of one commit, µs, with as many octets as so many recorded messages have in one record. */
async function commitCost(storage: ParleyStorage, count: number, messages: number, pace_ms: number): Promise<number> {
  const record = "x".repeat(Math.round(messages * (RECORD_OCTETS + CHAT.length)));
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

async function commitsOf(parley: ParleyProcess): Promise<number> {
  return Number(/^parley_storage_commits (\S+)$/m.exec(await parley.metrics())?.[1] ?? NaN);
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

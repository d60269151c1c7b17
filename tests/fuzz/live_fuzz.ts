/**
 * Mutated messages through the UDP and TCP doors of a Parley that runs as it is shipped, while two good clients write to
 * each other: nothing escapes, the good ones are served, memory stays flat. Reproducible by its seed:
 *
 *     deno run -A tests/fuzz/live_fuzz.ts --rounds 100000 [--seed 7] [--rate 1000]
 *
 * Where the machine allows it, all this runs in a network namespace that has only loopback, and half of the messages come
 * from a trusted hop, so that they get past authentication; elsewhere what was forwarded could leave the machine.
 */
import { equal, ok } from "node:assert/strict";
import { ParleyProcess, users } from "../support/parley.ts";
import { freePort } from "../support/process.ts";
import { SipClient, statusOf } from "../support/sip_client.ts";
import { Answers, attackTcp, attackUdp, type NextMessage, type TcpOutcome } from "./live_attackers.ts";
import { LiveCorpus } from "./live_corpus.ts";
import { Random } from "./mutations.ts";
import { Resident, type ResidentMemory } from "./resident.ts";

const OUTSIDER = "127.0.0.1";
const HOP = "127.0.0.9";
/** RFC 3261 T1 in ms, a fifth of the usual: transactions are gone after 6.4 s, so that a short run shows their end too. */
const T1 = 100;
/** Octets of resident memory beyond those of an idle box while it is attacked: what waits for the collector included. */
const PEAK = 192 * 1024 * 1024;
const WARM_UP = 0.2;
const LATENCY_MS = 2_000;

/** Figures of one run. */
export interface LiveOutcome {
  readonly rounds: number;
  readonly seconds: number;
  readonly trusted: boolean;
  readonly good: {
    readonly messages: number;
    readonly median_ms: number;
    readonly p99_ms: number;
    readonly max_ms: number;
  };
  readonly rss_mb: ResidentMemory;
  readonly tcp: TcpOutcome;
  readonly statuses: Readonly<Record<string, number>>;
  readonly metrics: Readonly<Record<string, number>>;
}

/** Runs it; throws, with seed and log, where something is not as it must be. `rate`: messages a second, all together. */
export async function fuzzLive(options: {
  rounds: number;
  seed: number;
  rate: number;
  isolated: boolean;
}): Promise<LiveOutcome> {
  const { rounds, isolated } = options;
  const port = freePort();
  const addresses = isolated ? [OUTSIDER, HOP] : [OUTSIDER];
  const doors = addresses.flatMap((host) => [`"udp://${host}:${port}"`, `"tcp://${host}:${port}"`]);
  await using parley = await ParleyProcess.start({
    users: users("alice", "bob", "carol", "dave"),
    port,
    config: `[listen]\nsip = [${doors.join(", ")}]\nweb = ["http://127.0.0.1:${freePort()}"]\n` +
      `[timers]\nt1 = ${T1}\n[dns]\nserver = "127.0.0.1:${freePort()}"\n` +
      (isolated ? `[trust]\nhops = ["${HOP}"]\n` : ""),
  });
  try {
    return await run(parley, options, port, addresses);
  } catch (error) {
    const log = parley.output.slice(-6_000);
    throw new Error(`seed ${options.seed}, ${rounds} rounds: ${(error as Error).message}\n${log}`, { cause: error });
  }
}

async function run(
  parley: ParleyProcess,
  { rounds, seed, rate, isolated }: { rounds: number; seed: number; rate: number; isolated: boolean },
  port: number,
  addresses: readonly string[],
): Promise<LiveOutcome> {
  const [bob, carol, dave] = await Promise.all(
    ["bob", "carol", "dave"].map((user) => SipClient.open({ user, domain: parley.domain, port })),
  );
  for (const client of [bob, carol, dave]) equal(statusOf(await client.register()), 200);
  const messages = new LiveCorpus(bob.aor, bob.local.port);
  const started = performance.now();
  let sent = 0;
  const resident = new Resident(parley, rounds, () => sent >= rounds * WARM_UP);

  /** `count` messages of a generator of its own, at so many a second. */
  const source = (random: Random, count: number, perSecond: number): NextMessage => {
    let given = 0;
    return async () => {
      if (given === count) return null;
      const early = started + (given++ / perSecond) * 1_000 - performance.now();
      if (early > 5) await new Promise((resolve) => setTimeout(resolve, early));
      sent++;
      return messages.next(random);
    };
  };
  const answers = new Answers();
  const attackers = addresses.flatMap((host) => [["udp", host], ["udp", host], ["tcp", host], ["tcp", host]]);
  const good = new GoodPair(carol, dave);
  const serving = good.run();
  const tcp: TcpOutcome = { connections: 0, halfOpen: 0, endless: 0, slow: 0 };
  try {
    await Promise.all(attackers.map(async ([kind, host], i) => {
      const random = new Random(seed * 31 + i);
      const share = Math.floor(rounds / attackers.length) + (i < rounds % attackers.length ? 1 : 0);
      const next = source(random, share, rate / attackers.length);
      const to = { hostname: host, port };
      if (kind === "udp") return await attackUdp(host, to, next, answers);
      const outcome = await attackTcp(to, next, random, answers);
      for (const key of Object.keys(tcp) as (keyof TcpOutcome)[]) tcp[key] += outcome[key];
    }));
    equal(sent, rounds);
  } finally {
    resident.stop();
    good.over = true;
    await serving;
  }
  const seconds = (performance.now() - started) / 1000;
  const text = await drained(parley);
  const memory = await resident.judged(PEAK);
  const metrics = Object.fromEntries(
    ["parley_sip_faults_total", "sip_server_transactions", "sip_client_transactions", "parley_sip_connections"].map(
      (name) => [name, metric(text, name)],
    ),
  );
  // The log has warnings about what came in, and no error: those are about ourselves.
  equal(/^\S+ error .*$/m.exec(parley.output)?.[0], undefined);
  equal(metrics.parley_sip_faults_total, 0, "requests were answered 500");
  equal(/^parley_sip_flow_events_total\{[^}]*event="defect"\} [1-9].*$/m.exec(text)?.[0], undefined);
  equal(/^sip_messages_dropped_total\{why="fault"\} [1-9].*$/m.exec(text)?.[0], undefined);
  const latencies = good.latencies.sort((a, b) => a - b);
  ok(latencies.length >= 10, `only ${latencies.length} good messages were answered`);
  const at = (part: number): number => Math.round(latencies[Math.floor((latencies.length - 1) * part)] * 10) / 10;
  ok(at(1) < LATENCY_MS, `a good message took ${at(1)} ms`);
  equal(statusOf(await carol.message(dave.aor, "after all")), 200);
  for (const client of [bob, carol, dave]) client.close();
  return {
    rounds,
    seconds: Math.round(seconds),
    trusted: isolated,
    good: { messages: latencies.length, median_ms: at(0.5), p99_ms: at(0.99), max_ms: at(1) },
    rss_mb: memory,
    tcp,
    statuses: Object.fromEntries([...answers.statuses].sort(([a], [b]) => a - b).map(([k, n]) => [String(k), n])),
    metrics,
  };
}

/** Waits until what was begun has ended: 64*T1, and as much again for what was forwarded last. Gives the metrics then. */
async function drained(parley: ParleyProcess): Promise<string> {
  const end = performance.now() + 10 * 64 * T1;
  for (;;) {
    const text = await parley.metrics();
    const left = [metric(text, "sip_server_transactions"), metric(text, "sip_client_transactions")];
    if (left.every((count) => count < 100)) return text;
    ok(performance.now() < end, `${left[0]} server and ${left[1]} client transactions did not end`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

function metric(text: string, name: string): number {
  return Number(new RegExp(`^${name} (\\d+)`, "m").exec(text)?.[1] ?? NaN);
}

/** One writes to the other all the while; each message must be answered 200. */
class GoodPair {
  readonly latencies: number[] = [];
  over = false;
  readonly #from: SipClient;
  readonly #to: SipClient;

  constructor(from: SipClient, to: SipClient) {
    this.#from = from;
    this.#to = to;
  }

  async run(): Promise<void> {
    for (let n = 0; !this.over; n++) {
      const start = performance.now();
      const answer = await this.#from.message(this.#to.aor, `good ${n}`);
      equal(statusOf(answer), 200, answer.raw);
      this.latencies.push(performance.now() - start);
      this.#to.requests.length = 0;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** Runs this program again where nothing but loopback exists. Null where the machine does not allow that. */
async function isolated(): Promise<number | null> {
  const script = `ip link set lo up && ip addr add ${HOP}/32 dev lo && exec "$@"`;
  const inside = (command: string[], output: "null" | "inherit") =>
    new Deno.Command("unshare", {
      args: ["--net", "sh", "-c", script, "sh", ...command],
      stdin: "null",
      stdout: output,
      stderr: output,
    });
  try {
    if (!(await inside(["true"], "null").output()).success) return null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
  const args = ["run", "-A", "--unstable-net", import.meta.filename!, ...Deno.args, "--isolated"];
  return (await inside([Deno.execPath(), ...args], "inherit").output()).code;
}

if (import.meta.main) {
  const option = (name: string, otherwise: number) => {
    const at = Deno.args.indexOf(`--${name}`);
    return at < 0 ? otherwise : Number(Deno.args[at + 1]);
  };
  const alone = Deno.args.includes("--isolated");
  const code = alone ? null : await isolated();
  if (code !== null) Deno.exit(code);
  if (!alone) console.log("live fuzz: no network namespace here (unshare --net); nothing comes from a trusted hop");
  const seed = option("seed", crypto.getRandomValues(new Uint32Array(1))[0]);
  const outcome = await fuzzLive({
    rounds: option("rounds", 100_000),
    seed,
    rate: option("rate", 1_000),
    isolated: alone,
  });
  console.log(`live fuzz: seed ${seed}: ${JSON.stringify(outcome)}`);
}

/**
 * Mutated MSRP through the TCP and WebSocket doors of a Parley that runs as it is shipped, from strangers and from users with
 * sessions, while good users chat: nothing escapes, the good ones are served, memory stays flat. Reproducible by its seed:
 *
 *     deno run -A tests/fuzz/msrp_live_fuzz.ts --rounds 100000 [--seed 7] [--rate 2000]
 *
 * Nothing leaves the machine: no path that a session is set up with leads elsewhere, and nobody logs in to the relay.
 */
import { equal, ok } from "node:assert/strict";
import { ParleyProcess, users } from "../support/parley.ts";
import { freePort } from "../support/process.ts";
import { MsrpCallers, TRUSTING } from "../support/msrp_callers.ts";
import { openPair } from "../support/msrp_pair.ts";
import { DEFAULT_WIRE_LIMITS } from "../../transport/msrp/flows/mod.ts";
import { GoodPair, Looper, MsrpAttacker, noAttacks, type Turn } from "./msrp_live_attackers.ts";
import { Random } from "./mutations.ts";
import { Resident, type ResidentMemory } from "./resident.ts";

/** RFC 3261 T1 in ms, a fifth of the usual: what a session leaves in the SIP layer is gone after 6.4 s. */
const T1 = 100;
/** Who reconnects in a loop: no address of the exempt ones. */
const LOOPER = "127.0.0.77";
/** Octets of resident memory beyond those of an idle box while it is attacked: what waits for the collector included. */
const PEAK = 256 * 1024 * 1024;
const WARM_UP = 0.2;
const LATENCY_MS = 2_000;

/** Figures of one run. */
export interface MsrpLiveOutcome {
  readonly rounds: number;
  readonly seconds: number;
  readonly good: Readonly<Record<"messages" | "median_ms" | "p99_ms" | "max_ms", number>>;
  readonly rss_mb: ResidentMemory;
  readonly attacks: Readonly<Record<string, number>>;
  readonly got: Readonly<Record<string, number>>;
  readonly looper: Readonly<Record<"answered" | "slowed", number>>;
}

/** Runs it; rejects, with seed and log, where something is not as it must be. `rate`: frames a second, all together. */
export async function fuzzMsrpLive(options: { rounds: number; seed: number; rate: number }): Promise<MsrpLiveOutcome> {
  await using parley = await ParleyProcess.start({
    users: users("carol", "dave", "mallory", "marvin", "trudy", "trent"),
    config:
      `${TRUSTING}[admission]\nexempt = ["127.0.0.1/32"]\n[timers]\nt1 = ${T1}\n[dns]\nserver = "127.0.0.1:${freePort()}"\n`,
  });
  try {
    return await run(parley, options);
  } catch (error) {
    const log = parley.output.slice(-6_000);
    throw new Error(`seed ${options.seed}, ${options.rounds} rounds: ${(error as Error).message}\n${log}`, {
      cause: error,
    });
  }
}

async function run(
  parley: ParleyProcess,
  { rounds, seed, rate }: { rounds: number; seed: number; rate: number },
): Promise<MsrpLiveOutcome> {
  const doors = { tcp: parley.msrpPort, ws: parley.webPort };
  const names = ["carol", "dave", "mallory", "marvin", "trudy", "trent"];
  const callers = await MsrpCallers.open(parley, names);
  const { pid } = parley;
  const good = [
    new GoodPair(await openPair(callers, doors, ["carol", "dave"])),
    new GoodPair(await openPair(callers, doors, ["dave", "carol"], { a: { transport: "ws" } })),
  ];
  let sent = 0;
  const resident = new Resident(parley, rounds, () => sent >= rounds * WARM_UP);
  const started = performance.now();

  const attacks = noAttacks();
  const lanes = [0, 1, 2, 3];
  const turns = (lane: number): Turn => {
    const count = Math.floor(rounds / lanes.length) + (lane < rounds % lanes.length ? 1 : 0);
    let given = 0;
    return async () => {
      if (given === count) return false;
      const early = started + (given++ / (rate / lanes.length)) * 1_000 - performance.now();
      if (early > 5) await new Promise((resolve) => setTimeout(resolve, early));
      sent++;
      return true;
    };
  };
  const attack = (lane: number): Promise<void> => {
    const attacker = new MsrpAttacker(attacks, new Random(seed * 31 + lane));
    const transport = lane % 2 === 0 ? "tcp" : "ws";
    if (lane < 2) return attacker.stranger(transport, doors, turns(lane));
    return attacker.users(
      transport,
      doors,
      callers,
      lane === 2 ? ["mallory", "marvin"] : ["trudy", "trent"],
      turns(lane),
    );
  };
  const looper = new Looper(doors.tcp, LOOPER);
  const serving = [...good.map((pair) => pair.run()), looper.run()];
  // Whoever of them fails ends the run at once.
  const failed = Promise.all(serving);
  try {
    await Promise.race([Promise.all(lanes.map(attack)), failed.then(() => {})]);
    equal(sent, rounds);
  } finally {
    resident.stop();
    looper.over = true;
    for (const pair of good) pair.over = true;
  }
  await failed;
  const seconds = (performance.now() - started) / 1000;
  const looped = looper.answered;
  const { connects } = DEFAULT_WIRE_LIMITS;
  ok(looped <= connects.burst + connects.rate * (seconds + 2), `${looped} connections of one source in ${seconds} s`);

  const text = await drained(parley);
  const memory = await resident.judged(PEAK);
  const count = (name: string): number =>
    Number(new RegExp(`^${name.replace(/[{}]/g, "\\$&")} (\\d+)`, "m").exec(text)?.[1] ?? 0);
  // The log has warnings about what came in, and no error: those are about ourselves.
  equal(/^\S+ error .*$/m.exec(parley.output)?.[0], undefined);
  equal(count('msrp_garbage_total{why="fault"}'), 0, "faults of ours");
  equal(count("parley_sip_faults_total"), 0, "requests were answered 500");
  equal(/^parley_msrp_wire_events_total\{[^}]*event="defect"\} [1-9].*$/m.exec(text)?.[0], undefined);
  equal(parley.pid, pid, "the process is another one");
  const slowed = count('parley_msrp_wire_events_total{transport="tcp",event="slowed"}');
  if (seconds > 5) ok(slowed > 0, "who reconnects in a loop was not slowed");
  const latencies = good.flatMap((pair) => pair.latencies).sort((a, b) => a - b);
  ok(latencies.length >= 10, `only ${latencies.length} good messages arrived`);
  const at = (part: number): number => Math.round(latencies[Math.floor((latencies.length - 1) * part)] * 10) / 10;
  ok(at(1) < LATENCY_MS, `a good message took ${at(1)} ms`);
  for (const pair of good) pair.close();
  await callers.close();
  const { got, ...tried } = attacks;
  return {
    rounds,
    seconds: Math.round(seconds),
    good: { messages: latencies.length, median_ms: at(0.5), p99_ms: at(0.99), max_ms: at(1) },
    rss_mb: memory,
    attacks: tried,
    got: Object.fromEntries([...got].sort(([a], [b]) => a < b ? -1 : 1)),
    looper: { answered: looped, slowed },
  };
}

/** Waits until only the good sessions and their connections are left; gives the metrics then. */
async function drained(parley: ParleyProcess): Promise<string> {
  const end = performance.now() + 60_000;
  for (;;) {
    const text = await parley.metrics();
    const gauge = (name: string): number => Number(new RegExp(`^${name} (\\d+)`, "m").exec(text)?.[1] ?? NaN);
    const left = {
      sessions: gauge("parley_im_sessions") - 2,
      ids: gauge("msrp_sessions") - 4,
      connections: gauge("msrp_connections") - 4,
      wires: gauge("parley_msrp_wires") - 4,
      calls: gauge("sip_calls") - 4,
    };
    if (Object.values(left).every((count) => count <= 0)) return text;
    if (performance.now() > end) throw new Error(`a minute after the end there is left: ${JSON.stringify(left)}`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

if (import.meta.main) {
  const option = (name: string, otherwise: number) => {
    const at = Deno.args.indexOf(`--${name}`);
    return at < 0 ? otherwise : Number(Deno.args[at + 1]);
  };
  const seed = option("seed", crypto.getRandomValues(new Uint32Array(1))[0]);
  const outcome = await fuzzMsrpLive({ rounds: option("rounds", 100_000), seed, rate: option("rate", 2_000) });
  console.log(`msrp live fuzz: seed ${seed}: ${JSON.stringify(outcome)}`);
}

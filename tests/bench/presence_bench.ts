/**
 * `deno task bench:presence`: what presence costs the box: NOTIFYs of one presentity with 1,000 watchers and of 1,000 with 20 each,
 * PUBLISH, a list of 200 contacts, memory for each subscription, a restart. Beside it in the same rounds: the event framework with a
 * package that does nothing (`framework`), the wires alone (`bare`), and kamailio where it is installed.
 *
 *   deno run -A tests/bench/presence_bench.ts [--rounds 5] [--changes 5] [--interval 5] [--transport udp,tcp] [--quick]
 *   … --only fan,many,publish,list,memory,restart     … --server parley,framework,bare,kamailio
 *   … --attach PORT,PID     (a box that runs already, under a profiler, say, with the users that `--users` prints as CSV)
 *
 * CPU is that of the whole server. The first round warms up and is not counted; medians of the others are printed.
 */
import { passwordOf, type TestUser } from "../support/parley.ts";
import { measureList } from "./presence_list.ts";
import { PresenceLoad } from "./presence_load.ts";
import { measureMemory } from "./presence_memory.ts";
import { measureRestart } from "./presence_restart.ts";
import {
  attachServer,
  cpuUs,
  type PresenceServer,
  rest,
  SERVER_KINDS,
  type ServerKind,
  startServer,
} from "./presence_servers.ts";
import { addressOf } from "./presence_texts.ts";
import { publishAlone, type Told, Watching } from "./presence_work.ts";

const option = (name: string, fallback: string): string => {
  const at = Deno.args.indexOf(`--${name}`);
  return at < 0 ? fallback : Deno.args[at + 1];
};
const QUICK = Deno.args.includes("--quick");
const ROUNDS = Number(option("rounds", "5"));
/** Seconds between two NOTIFYs of a subscription. */
const INTERVAL_S = Number(option("interval", "5"));
const CHANGES = Number(option("changes", QUICK ? "2" : "5"));
const TRANSPORTS = option("transport", QUICK ? "udp" : "udp,tcp").split(",") as ("udp" | "tcp")[];
const ONLY = option("only", "fan,many,publish,list,memory,restart").split(",");
const KINDS = option("server", SERVER_KINDS.join(",")).split(",") as ServerKind[];
const [ATTACH_PORT, ATTACH_PID] = option("attach", "0,0").split(",").map(Number);
const FAN = Number(option("fan", "1000"));
const MANY = Number(option("many", QUICK ? "200" : "1000"));
const EACH = Number(option("each", "20"));
/** Seconds between two changes of one of many, and how long they go on. */
const PERIOD_S = Number(option("period", "4"));
const DURATION_S = Number(option("duration", QUICK ? "12" : "20"));
const OPS = Number(option("ops", QUICK ? "4000" : "20000"));
const WINDOW = 40;
/** Presentities that nobody watches: a source that publishes too often is slowed. */
const ALONE = 1_000;

const people = (letter: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${letter}${i}`);
const watchers = people("w", Math.max(FAN, 1_000)), many = people("p", MANY), alone = people("c", ALONE);
const fans = TRANSPORTS.map((transport) => `fan-${transport}`);
const users: TestUser[] = [...watchers, ...many, ...alone, ...fans].map((name) => ({
  name,
  password: passwordOf(name),
}));
if (Deno.args.includes("--users")) {
  console.log("uri,password,display_name,e164");
  for (const { name, password } of users) console.log(`${addressOf(name)},${password},,`);
  Deno.exit(0);
}

interface Sample {
  readonly cpu_us: number;
  readonly perSecond: number;
}
const samples = new Map<string, Sample[]>();
function note(name: string, cpu_us: number, perSecond: number, keep: boolean): void {
  console.error(`${name} | ${cpu_us.toFixed(1)} µs | ${perSecond.toFixed(0)}/s`);
  if (keep) samples.set(name, [...samples.get(name) ?? [], { cpu_us, perSecond }]);
}
const wrongs = new Set<string>();
function check(where: string, wrong: string): void {
  if (wrong !== "") wrongs.add(`${where}: ${wrong}`);
}

/** A server with its clients over one transport, and what they watch. */
interface Place {
  readonly name: string;
  readonly server: PresenceServer;
  readonly load: PresenceLoad;
  readonly interval_s: number;
  readonly fan: Watching | null;
  readonly many: Watching | null;
  /** Whom nobody watches. */
  readonly alone: Watching | null;
}

async function openPlaces(server: PresenceServer): Promise<Place[]> {
  const places: Place[] = [];
  for (const [n, transport] of TRANSPORTS.entries()) {
    const load = await PresenceLoad.open(server.port, transport);
    // The same presentities serve over the other transport no more: each would be told twice.
    const wantsMany = ONLY.includes("many") && n === 0 && server.kind !== "bare";
    places.push({
      name: `${server.kind} | ${transport}`,
      server,
      load,
      interval_s: server.kind === "parley" || server.kind === "framework" ? INTERVAL_S : 0,
      fan: ONLY.includes("fan") ? await Watching.open(server, load, [fans[n]], watchers.slice(0, FAN), FAN) : null,
      alone: ONLY.includes("publish") ? await Watching.open(server, load, alone, watchers, 0) : null,
      many: wantsMany ? await Watching.open(server, load, many, watchers, EACH) : null,
    });
  }
  const before = cpuUs(server);
  await rest(3_000);
  note(`nothing to do, a second of it | ${server.kind}`, (cpuUs(server) - before) / 3, 0, true);
  return places;
}

const sum = (all: readonly Told[], of: keyof Told): number => all.reduce((total, told) => total + told[of], 0);

/** Every server in turn, so that each waits for its pace while others work. */
async function fanRound(places: readonly Place[], keep: boolean): Promise<void> {
  const told = new Map<Place, Told[]>();
  // What the round before has told last.
  await rest(INTERVAL_S * 1000 + 250);
  for (const { load } of places) load.watchPace();
  for (let change = 0; change < CHANGES; change++) {
    const began = performance.now();
    for (const place of places) told.set(place, [...told.get(place) ?? [], await place.fan!.change()]);
    await rest(Math.max(0, INTERVAL_S * 1000 + 250 - (performance.now() - began)));
  }
  for (const [{ name, fan, interval_s }, all] of told) {
    const notifies = sum(all, "notifies");
    note(
      `NOTIFY, one presentity with ${FAN} watchers | ${name}`,
      sum(all, "us") / notifies,
      notifies / sum(all, "seconds"),
      keep,
    );
    check(name, fan!.wrong(interval_s));
  }
}

/** It changes five times a second: watchers are told no more often than the pace, and the last state comes. */
async function stormRound(place: Place, keep: boolean): Promise<void> {
  const { name, fan, load, interval_s } = place;
  await fan!.quiet(interval_s);
  load.watchPace();
  const { us, notifies, seconds } = await fan!.keepChanging(0.2, 2.2 * interval_s);
  note(`NOTIFY, the same changing 5 times a second | ${name}`, us / notifies, notifies / seconds, keep);
  check(name, fan!.wrong(interval_s));
}

async function manyRound({ name, many, load, interval_s }: Place, publish_us: number, keep: boolean): Promise<void> {
  await many!.quiet(interval_s);
  load.watchPace();
  const { us, notifies, publishes, seconds } = await many!.keepChanging(PERIOD_S, DURATION_S);
  const what = `${MANY} presentities with ${EACH} watchers, each changing every ${PERIOD_S} s`;
  note(`NOTIFY and its share of PUBLISH, ${what} | ${name}`, us / notifies, notifies / seconds, keep);
  if (publish_us > 0) {
    note(
      `NOTIFY without PUBLISH, ${what} | ${name}`,
      (us - publishes * publish_us) / notifies,
      notifies / seconds,
      keep,
    );
  }
  check(name, many!.wrong(interval_s));
}

/** Gives the cost of a PUBLISH at the rate of `manyRound`: few share a commit then. */
async function publishRound({ name, server, load, alone: nobodys }: Place, keep: boolean): Promise<number> {
  for (const what of ["change", "refresh"] as const) {
    const { us, seconds } = await publishAlone(server, load, alone, OPS, WINDOW, what);
    const does = what === "change" ? "changes" : "refreshes";
    note(`PUBLISH that ${does}, nobody watches, ${WINDOW} at a time | ${name}`, us / OPS, OPS / seconds, keep);
  }
  const { us, seconds, publishes } = await nobodys!.keepChanging(PERIOD_S * ALONE / MANY, DURATION_S / 2);
  note(`PUBLISH that changes, nobody watches, at a steady rate | ${name}`, us / publishes, publishes / seconds, keep);
  return us / publishes;
}

function report(): void {
  console.log(
    `CPU µs of the server; ${ROUNDS} rounds, medians; NOTIFYs at most every ${INTERVAL_S} s where the server has a pace`,
  );
  console.log("work | server | transport | µs | lowest | highest | a second");
  for (const [name, list] of samples) {
    const cpu = list.map((sample) => sample.cpu_us).sort((a, b) => a - b);
    const rate = list.map((sample) => sample.perSecond).sort((a, b) => a - b)[list.length >> 1];
    const [low, middle, high] = [cpu[0], cpu[cpu.length >> 1], cpu.at(-1)!].map((us) => us.toFixed(1));
    console.log(`${name} | ${middle} | ${low} | ${high} | ${rate.toFixed(0)}`);
  }
  for (const wrong of wrongs) console.log(`WRONG: ${wrong}`);
}

const servers: PresenceServer[] = [];
const places: Place[] = [];
try {
  if (["fan", "many", "publish"].some((work) => ONLY.includes(work))) {
    for (const kind of KINDS) {
      const server = kind === "parley" && ATTACH_PORT > 0
        ? attachServer(ATTACH_PORT, ATTACH_PID)
        : await startServer(kind, users, INTERVAL_S);
      if (server === null) continue;
      servers.push(server);
      places.push(...await openPlaces(server));
    }
    for (let round = 0; round <= ROUNDS; round++) {
      const keep = round > 0;
      if (ONLY.includes("fan")) {
        await fanRound(places, keep);
        for (const place of places) if (place.interval_s > 0) await stormRound(place, keep);
      }
      for (const place of places) {
        const us = ONLY.includes("publish") ? await publishRound(place, keep) : 0;
        if (place.many !== null) await manyRound(place, us, keep);
      }
    }
    report();
  }
} finally {
  for (const { load } of places) await load.close();
  for (const server of servers) await server.stop();
}
if (KINDS.includes("parley") && ATTACH_PORT === 0) {
  if (ONLY.includes("list")) await measureList(QUICK ? 2 : 10, INTERVAL_S);
  if (ONLY.includes("restart")) await measureRestart(QUICK ? 100 : 1_000, 10);
  if (ONLY.includes("memory")) await measureMemory(QUICK ? [2_000] : [10_000, 50_000]);
}
Deno.exit(0);

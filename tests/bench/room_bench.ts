/**
 * `deno task bench:rooms`: CPU time of the box for each delivery of a message of 1 KB in rooms, its latency from SEND to arrival, what a
 * stored message costs, and memory of a member; beside a bare server that writes the same octets to as many sockets, in the same rounds.
 *
 *   deno run -A tests/bench/room_bench.ts [--rounds 5] [--members 10,100,500] [--only one|several|stored|memory]
 *   … --attach SIP-PORT,WEB-PORT,PID   (a box that runs already, under a profiler, say, with the users and settings of this one)
 *   … --users   (prints these users as CSV, for `user import`)
 *
 * CPU is that of the whole box, all its threads, to the nanosecond; the devices are in this process, on the same machine. Every delivery
 * is checked: each came, once, in one order for all; else a line WRONG says what did not.
 */
import { Child, freePort } from "../support/process.ts";
import { ParleyProcess, rssOf, users } from "../support/parley.ts";
import { cpuUs, rest } from "./presence_servers.ts";
import type { Kept } from "./room_frames.ts";
import { BoxPlace, FloorPlace, memberName, RoomLoad, type Saying } from "./room_load.ts";
import { V8_FLAGS } from "../../tools/v8_flags.mjs";

const option = (name: string, fallback: string): string => {
  const at = Deno.args.indexOf(`--${name}`);
  return at < 0 ? fallback : Deno.args[at + 1];
};
const ROUNDS = Number(option("rounds", "5"));
const MEMBERS = option("members", "10,100,500").split(",").map(Number);
const ONLY = option("only", "one,several,stored,memory").split(",");
const [ATTACH_PORT, ATTACH_WEB, ATTACH_PID] = option("attach", "0,0,0").split(",").map(Number);
/** Small rooms are many, so that there is enough to measure. */
const PEOPLE = 100;
/** Rooms of two, for what a message costs beside its deliveries. */
const PAIRS = 20;
/** One that speaks does not speak faster than that, ms. */
const PACE_MS = 50;
const IN_MEMORY = 500;
/** What a transaction keeps is gone after 32 s; then the box gives back memory, when nobody waits. */
const AFTER_BURST_MS = 90_000;
/** What the box has to do after the last delivery. */
const CALM_MS = 60;

const names = Array.from({ length: Math.max(PEOPLE, IN_MEMORY, ...MEMBERS) }, (_, i) => memberName(i));
if (Deno.args.includes("--users")) {
  console.log("uri,password,display_name,e164");
  for (const { name, password } of users(...names)) console.log(`sip:${name}@example.test,${password},,`);
  Deno.exit(0);
}
const CONFIG = '[trust]\nhops = ["127.0.0.1/32"]\n[rooms]\nper_user = 1000\n';

interface Sample {
  readonly us: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}
const samples = new Map<string, Sample[]>();
const STORED = "message to one other, stored", FLEETING = "message to one other, not stored (a notice)";
const wrongs = new Set<string>();
const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1];

/** A server with the rooms in it. */
interface Server {
  readonly name: "box" | "floor";
  readonly pid: number;
  readonly loads: Map<number, RoomLoad>;
}

async function measured(what: string, per: "delivery" | "message", server: Server, load: RoomLoad, saying: Saying) {
  await rest(load.mustRest(saying));
  const cpu = () => cpuUs({ pids: () => [server.pid] });
  const before = cpu();
  const heard = await load.say(saying);
  await rest(CALM_MS);
  const us = cpu() - before;
  const { latencies } = heard, count = per === "delivery" ? heard.deliveries : heard.messages;
  const at = (share: number): number => latencies[Math.min(latencies.length - 1, Math.floor(share * latencies.length))];
  const name = `${what} | ${server.name}`;
  const sample = { us: us / count, perSecond: count / heard.seconds, p50: at(0.5), p99: at(0.99) };
  console.error(`${name} | ${line(sample)}`);
  for (const wrong of load.wrongs.splice(0)) wrongs.add(`${name}: ${wrong}`);
  return { name, sample };
}

function line({ us, perSecond, p50, p99 }: Sample): string {
  return `${us.toFixed(1)} | ${perSecond.toFixed(0)} | ${p50.toFixed(2)} | ${p99.toFixed(2)}`;
}

type Work = readonly [what: string, per: "delivery" | "message", members: number, saying: Saying];

function works(): Work[] {
  const all: Work[] = [];
  if (ONLY.includes("one") || ONLY.includes("several")) {
    for (const members of MEMBERS) {
      const rooms = members < PEOPLE ? `${PEOPLE / members} rooms of ${members}` : `a room of ${members}`;
      const slow = members < 500 ? 60 : 30, senders = Math.min(20, members / 2), each = members < 500 ? 20 : 10;
      const one = { senders: 1, each: slow, every_ms: PACE_MS, kept: "stored" } as const;
      const several = { senders, each, every_ms: 0, kept: "stored" } as const;
      if (ONLY.includes("one")) {
        all.push([`delivery, ${rooms}, one sender each, 20 messages a second`, "delivery", members, one]);
      }
      if (ONLY.includes("several")) {
        all.push([
          `delivery, ${rooms}, ${senders} senders each, one message under way each`,
          "delivery",
          members,
          several,
        ]);
      }
    }
  }
  if (ONLY.includes("stored")) {
    for (const kept of ["stored", "fleeting"] as const satisfies readonly Kept[]) {
      const what = kept === "stored" ? STORED : FLEETING;
      const alike = { senders: 1, kept };
      all.push([`${what}, ${PAIRS} at a time`, "message", 2, { ...alike, each: 40, every_ms: 0 }]);
    }
  }
  return all;
}

/** Everybody is in: the box, and the floor. */
async function fill(box: BoxPlace, floor: FloorPlace, server: Server, bare: Server): Promise<void> {
  const sizes = new Set(works().map(([, , members]) => members));
  for (const members of sizes) {
    const count = members === 2 ? PAIRS : Math.max(1, Math.floor(PEOPLE / members));
    // The name of a room at the floor is made of digits.
    const rooms = Array.from({ length: count }, (_, i) => `room${members}0${i}`);
    for (const room of rooms) await box.make(room, names.slice(0, members));
    server.loads.set(members, await RoomLoad.open(box, rooms, members));
    bare.loads.set(members, await RoomLoad.open(floor, rooms, members));
  }
}

async function startFloor(): Promise<{ child: Child; port: number }> {
  const port = freePort();
  const program = new URL("./room_floor.ts", import.meta.url).pathname;

  const child = new Child("floor", Deno.execPath(), {
    args: ["run", "-A", "--unstable-net", V8_FLAGS, program, String(port)],
  });
  await child.printed(/floor ready/);
  return { child, port };
}

/** Resident memory for each member of a room, once it has come to rest; with its MSRP connection. */
async function memory(): Promise<void> {
  await using parley = await ParleyProcess.start({ users: users(...names), config: CONFIG });
  const place = await BoxPlace.open(parley);
  await place.make("crowd", names.slice(0, IN_MEMORY));
  // Once before, so that what grows with the first work of a kind is not counted.
  const first = await RoomLoad.open(place, ["crowd"], IN_MEMORY);
  await place.leave();
  first.close();
  await rest(AFTER_BURST_MS);
  const before = rssOf(parley.pid);
  const load = await RoomLoad.open(place, ["crowd"], IN_MEMORY);
  await rest(AFTER_BURST_MS);
  const each = (rssOf(parley.pid) - before) / 1024 / IN_MEMORY;
  console.log(`memory | a member in a room of ${IN_MEMORY}, its connection included | ${each.toFixed(1)} KB resident`);
  load.close();
  await place.close();
}

function report(): void {
  console.log(`CPU µs of the server; ${ROUNDS} rounds, medians; latency from SEND to arrival, ms`);
  console.log("work | server | µs | a second | p50 | p99");
  for (const [name, list] of samples) {
    const of = (key: keyof Sample): number => median(list.map((sample) => sample[key]));
    const us = list.map((sample) => sample.us);
    const spread = `(${Math.min(...us).toFixed(1)} to ${Math.max(...us).toFixed(1)})`;
    console.log(
      `${name} | ${of("us").toFixed(1)} ${spread} | ${of("perSecond").toFixed(0)} | ${of("p50").toFixed(2)} | ${
        of("p99").toFixed(2)
      }`,
    );
  }
  const cost = (what: string): number =>
    median((samples.get(`${what}, ${PAIRS} at a time | box`) ?? []).map(({ us }) => us));
  if (ONLY.includes("stored")) {
    console.log(`storing a message, the difference of both | box | ${(cost(STORED) - cost(FLEETING)).toFixed(1)}`);
  }
}

if (works().length > 0) {
  const attached = ATTACH_PORT > 0 ? { port: ATTACH_PORT, webPort: ATTACH_WEB, domain: "example.test" } : null;
  const parley = attached === null ? await ParleyProcess.start({ users: users(...names), config: CONFIG }) : null;
  const floor = await startFloor();
  const place = await BoxPlace.open(attached ?? parley!);
  const server: Server = { name: "box", pid: parley?.pid ?? ATTACH_PID, loads: new Map() };
  const bare: Server = { name: "floor", pid: floor.child.pid, loads: new Map() };
  try {
    await fill(place, new FloorPlace(floor.port), server, bare);
    for (let round = 0; round <= ROUNDS; round++) {
      for (const [what, per, members, saying] of works()) {
        for (const each of [bare, server]) {
          if (floor.child.ended) throw new Error(`the floor has ended: ${floor.child.output.slice(-2000)}`);
          const { name, sample } = await measured(what, per, each, each.loads.get(members)!, saying);
          // The first round is for the compiler.
          if (round > 0) samples.set(name, [...samples.get(name) ?? [], sample]);
        }
      }
    }
    report();
  } finally {
    for (const { loads } of [server, bare]) for (const load of loads.values()) load.close();
    await place.close();
    await floor.child.stop();
    await parley?.[Symbol.asyncDispose]();
  }
}
if (ONLY.includes("memory") && ATTACH_PORT === 0) await memory();
for (const wrong of wrongs) console.log(`WRONG: ${wrong}`);
Deno.exit(0);

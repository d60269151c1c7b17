/**
 * `deno task bench:msrp`: CPU time of the box for chat messages, large transfers and sessions, beside a bare echo of the same
 * octets; memory of idle sessions; how long pager messages take beside all that. Everything is done with a box that has no
 * media thread and, in the same rounds, with one that has one.
 *
 *   deno run -A tests/bench/msrp_bench.ts [--rounds 5] [--ops 20000] [--only messages|transfer|dialogs|beside|memory]
 *   … --threads 0,1             (media threads of each box)
 *   … --attach SIP-PORT,PID     (a box that runs already and trusts this machine, under a profiler, say)
 *
 * CPU is that of the whole box, all its threads; the load generator runs on the same machine, and needs about as much.
 */
import { cpuOf, ParleyProcess, users } from "../support/parley.ts";
import { startEcho } from "./servers.ts";
import { messageLatency, PROBE_USERS } from "./message_latency.ts";
import { type LoadSession, MsrpLoad } from "./msrp_load.ts";
import { chatter, messages, transfer } from "./msrp_work.ts";
import { busyThreads } from "./thread_times.ts";

const option = (name: string, fallback: string): string => {
  const at = Deno.args.indexOf(`--${name}`);
  return at < 0 ? fallback : Deno.args[at + 1];
};
const ROUNDS = Number(option("rounds", "5"));
const OPS = Number(option("ops", "20000"));
const ONLY = option("only", "");
const [ATTACH_PORT, ATTACH_PID] = option("attach", "0,0").split(",").map(Number);
const THREADS = ATTACH_PORT > 0 ? [0] : option("threads", "0,1").split(",").map(Number);
const SESSIONS = 10;
const WINDOW = 4;
const IDLE = 1000;
const TRANSFER = 100_000_000;
/** Beside the SIP MESSAGEs whose times are taken. */
const CHATS = 50;
const BESIDE_S = 10;
const SECURE = SESSIONS + CHATS;
const PAIRS = IDLE + SECURE + 1;

interface Sample {
  readonly cpu: number;
  readonly rate: number;
}
const samples = new Map<string, Sample[]>();
function note(name: string, cpu: number, rate: number, keep: boolean): void {
  console.error(`${name} | ${cpu.toFixed(1)} | ${rate.toFixed(0)}`);
  if (!keep) return;
  const list = samples.get(name) ?? [];
  list.push({ cpu, rate });
  samples.set(name, list);
}

/** A box and the clients that load it. */
interface Box {
  readonly name: string;
  readonly parley: ParleyProcess | null;
  readonly port: number;
  readonly pid: number;
  readonly load: MsrpLoad;
  /** Over TCP. */
  readonly sessions: LoadSession[];
  readonly chats: LoadSession[];
  /** The inviter over TLS. */
  readonly secure: LoadSession;
}

const names = [...Array.from({ length: PAIRS }, (_, i) => [`a${i}`, `b${i}`]).flat(), ...PROBE_USERS];
async function openBox(threads: number): Promise<Box> {
  const parley = ATTACH_PORT > 0 ? null : await ParleyProcess.start({
    users: users(...names),
    config: '[trust]\nhops = ["127.0.0.1/32"]\n[session]\nmax_content = 1000000000\nmax_message = 1000000\n' +
      `media_threads = ${threads}\n`,
  });
  const port = parley?.port ?? ATTACH_PORT, pid = parley?.pid ?? ATTACH_PID;
  const load = await MsrpLoad.open({ domain: "example.test", port }, PAIRS);
  const opened = async (from: number, count: number): Promise<LoadSession[]> => {
    const all: LoadSession[] = [];
    for (let i = 0; i < count; i++) all.push(await load.open(from + i));
    return all;
  };
  return {
    name: threads === 0 ? "no media thread" : `${threads} media thread${threads === 1 ? "" : "s"}`,
    parley,
    port,
    pid,
    load,
    sessions: await opened(0, SESSIONS),
    chats: await opened(SESSIONS, CHATS),
    secure: await load.open(SECURE, { secure: true }),
  };
}
const boxes: Box[] = [];
for (const threads of THREADS) boxes.push(await openBox(threads));

async function measured(
  { pid, name: box }: Box,
  name: string,
  count: number,
  keep: boolean,
  work: () => Promise<void>,
): Promise<void> {
  const before = cpuOf(pid), began = performance.now();
  await work();
  const seconds = (performance.now() - began) / 1000;
  note(`${name} | ${box}`, (cpuOf(pid) - before) / count, count / seconds, keep);
}

/** How long pager messages take: with nothing beside, or with chats and one transfer after the other. */
async function beside(box: Box, loaded: boolean, keep: boolean): Promise<void> {
  const threads = busyThreads(box.pid), began = performance.now();
  let moved = 0;
  const latency = await messageLatency(box.port, BESIDE_S, async () => {
    if (!loaded) return;
    const quiet = chatter(box.chats);
    const until = performance.now() + BESIDE_S * 1000;
    for (; performance.now() < until; moved += 20) await transfer(box.sessions[0], 20_000_000, 8192);
    quiet();
  });
  const ms = performance.now() - began;
  const used = threads(ms).map(({ name, share }) => `${name} ${(100 * share).toFixed(0)}%`).join(", ");
  const what = loaded ? `${CHATS} chats and a transfer in chunks of 8192 octets` : "nothing";
  console.error(
    `  beside ${what}: ${(moved * 1000 / ms).toFixed(0)} MB/s; threads: ${used}; worst ${latency.worst} ms`,
  );
  note(
    `MESSAGE and its 200, 100 a second, beside ${what} (µs p50 | p99) | ${box.name}`,
    latency.p50 * 1000,
    latency.p99 * 1000,
    keep,
  );
}

/** The same octets there and back through a bare TCP echo: what the runtime's reads and writes cost. */
async function floor(size: number, count: number, window: number): Promise<void> {
  const echo = await startEcho();
  const conn = await Deno.connect({ hostname: "127.0.0.1", port: echo.port });
  const body = new Uint8Array(size);
  const before = echo.cpu_us(), began = performance.now();
  let sent = 0, back = 0;
  const buffer = new Uint8Array(65_536);
  while (back < count * size) {
    while (sent < count && sent * size - back < window * size) {
      for (let at = 0; at < size;) at += await conn.write(body.subarray(at));
      sent++;
    }
    back += (await conn.read(buffer))!;
  }
  const name = `floor: echo of ${size} octets, ${window} at a time (µs each | /s)`;
  note(name, (echo.cpu_us() - before) / count, count / ((performance.now() - began) / 1000), true);
  conn.close();
  await echo.stop();
}

/** What two bare connections of the runtime cost that were used once. */
async function connectionFloor(): Promise<void> {
  const echo = await startEcho(2048);
  const buffer = new Uint8Array(2048);
  const open = async (): Promise<Deno.TcpConn> => {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port: echo.port });
    await conn.write(buffer);
    await conn.read(buffer);
    return conn;
  };
  const warm = await open();
  const before = echo.rss();
  const connections: Deno.TcpConn[] = [];
  for (let i = 0; i < 2 * IDLE; i++) connections.push(await open());
  const each = (echo.rss() - before) / 1024 / IDLE;
  console.log(
    `memory | floor: two bare TCP connections, each with a read of 2 KB pending | ${each.toFixed(1)} KB resident`,
  );
  for (const conn of [warm, ...connections]) conn.close();
  await echo.stop();
}

async function idleMemory({ load, name }: Box, parley: ParleyProcess): Promise<void> {
  // What a transaction keeps is gone after 32 s.
  const rest = () => new Promise((resolve) => setTimeout(resolve, 75_000));
  const open = async (): Promise<LoadSession[]> => {
    const idle: LoadSession[] = [];
    for (let i = 0; i < IDLE; i++) idle.push(await load.open(SECURE + 1 + i));
    return idle;
  };
  // Once before, so that what grows with the first work of a kind is not counted.
  for (const session of await open()) await session.end();
  await rest();
  const before = parley.rss();
  const idle = await open();
  await rest();
  const each = (parley.rss() - before) / 1024 / IDLE;
  console.log(`memory | an idle session, both connections | ${name} | ${each.toFixed(1)} KB resident`);
  for (const session of idle) await session.end();
}

const does = (work: string): boolean => ONLY === "" || ONLY === work;
try {
  for (let round = 0; round <= ROUNDS; round++) {
    const keep = round > 0;
    if (does("messages")) {
      if (keep) await floor(2048, OPS, 40);
      for (const size of [1024, 2048]) {
        const name = `message of ${size} octets relayed, ${SESSIONS * WINDOW} at a time (µs each | /s)`;
        for (const box of boxes) await measured(box, name, OPS, keep, () => messages(box.sessions, size, OPS));
      }
    }
    if (does("transfer")) {
      for (const chunk of [2048, 8192, 65_536]) {
        if (keep && chunk > 2048) await floor(chunk, Math.floor(TRANSFER / 4 / chunk), 4);
        for (const [over, which] of [["TCP", 0], ["TLS to TCP", 1]] as const) {
          if (which === 1 && chunk === 2048) continue;
          const name = `100 MB in chunks of ${chunk} octets over ${over} (µs a MB | MB/s)`;
          for (const box of boxes) {
            const session = which === 1 ? box.secure : box.sessions[0];
            await measured(box, name, TRANSFER / 1_000_000, keep, () => transfer(session, TRANSFER, chunk));
          }
        }
      }
    }
    if (does("dialogs")) {
      // The box's code has reached its last stage after some 20,000 dialogs: before that its compilers are measured as well.
      const count = keep ? Math.min(10_000, OPS) : OPS;
      const name = "INVITE, 200, ACK, BYE, 200 over TCP, 20 at a time (µs each | /s)";
      for (const box of boxes) {
        await measured(box, name, count, keep, async () => {
          let next = 0;
          const worker = async (pair: number): Promise<void> => {
            while (next++ < count) await (await box.load.open(SECURE + 1 + pair, { msrp: false })).end();
          };
          await Promise.all(Array.from({ length: 20 }, (_, pair) => worker(pair)));
        });
      }
    }
    if (does("beside")) {
      for (const loaded of [false, true]) for (const box of boxes) await beside(box, loaded, keep);
    }
  }
  if (does("memory")) {
    await connectionFloor();
    for (const box of boxes) if (box.parley !== null) await idleMemory(box, box.parley);
  }
  const median = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
  for (const [name, list] of samples) {
    const [cpu, rate] = [median(list.map((s) => s.cpu)), median(list.map((s) => s.rate))];
    console.log(`${name} | ${cpu.toFixed(1)} | ${rate.toFixed(0)}`);
  }
} finally {
  for (const { load, parley } of boxes) {
    await load.close();
    await parley?.[Symbol.asyncDispose]();
  }
}
Deno.exit(0);

/**
 * `deno task bench:msrp`: CPU time of the box for chat messages, large transfers and sessions, beside a bare echo of the same
 * octets; memory of idle sessions.
 *
 *   deno run -A tests/bench/msrp_bench.ts [--rounds 5] [--ops 20000] [--only messages|transfer|dialogs|memory]
 *   … --attach SIP-PORT,PID     (a box that runs already and trusts this machine, under a profiler, say)
 */
import { cpuOf, ParleyProcess, users } from "../support/parley.ts";
import { startEcho } from "./servers.ts";
import { type LoadSession, MsrpLoad } from "./msrp_load.ts";

const option = (name: string, fallback: string): string => {
  const at = Deno.args.indexOf(`--${name}`);
  return at < 0 ? fallback : Deno.args[at + 1];
};
const ROUNDS = Number(option("rounds", "5"));
const OPS = Number(option("ops", "20000"));
const ONLY = option("only", "");
const [ATTACH_PORT, ATTACH_PID] = option("attach", "0,0").split(",").map(Number);
const SESSIONS = 10;
const WINDOW = 4;
const IDLE = 1000;
const TRANSFER = 100_000_000;
const PAIRS = IDLE + SESSIONS;

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

const names = Array.from({ length: PAIRS }, (_, i) => [`a${i}`, `b${i}`]).flat();
const parley = ATTACH_PORT > 0 ? null : await ParleyProcess.start({
  users: users(...names),
  config: '[trust]\nhops = ["127.0.0.1/32"]\n[session]\nmax_content = 1000000000\nmax_message = 1000000\n',
});
const port = parley?.port ?? ATTACH_PORT, pid = parley?.pid ?? ATTACH_PID;
const load = await MsrpLoad.open({ domain: "example.test", port }, PAIRS);

/** `count` messages of `size` octets over the sessions, `WINDOW` under way in each. */
async function messages(sessions: readonly LoadSession[], size: number, count: number): Promise<void> {
  const body = new Uint8Array(size).fill(97);
  let sent = 0, arrived = 0;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const stuck = setTimeout(() => reject(new Error(`${arrived} of ${count} arrived after 60 s`)), 60_000);
  for (const { inviter, invitee } of sessions) {
    const seen = invitee.messages;
    let mine = 0, got = 0;
    const fill = (): void => {
      while (sent < count && mine - got < WINDOW) {
        mine++;
        sent++;
        inviter.send(body, 1, size);
      }
    };
    invitee.onTraffic = () => {
      const now = invitee.messages - seen;
      arrived += now - got;
      got = now;
      if (arrived >= count) resolve();
      else fill();
    };
    fill();
  }
  await promise;
  clearTimeout(stuck);
  for (const { invitee } of sessions) invitee.onTraffic = null;
}

/** One message of `TRANSFER` octets in chunks of `chunk`, one megabyte of them under way. */
async function transfer({ inviter, invitee }: LoadSession, chunk: number): Promise<void> {
  const body = new Uint8Array(chunk).fill(98);
  const before = invitee.octets;
  let start = 1, outstanding = 0;
  let answered = inviter.answered;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const stuck = setTimeout(() => reject(new Error(`${invitee.octets - before} octets after 120 s`)), 120_000);
  const total = Math.floor(TRANSFER / chunk) * chunk;
  const id = `big${start}${Math.random().toString(36).slice(2, 10)}`;
  const fill = (): void => {
    outstanding -= inviter.answered - answered;
    answered = inviter.answered;
    while (start < total && outstanding * chunk < 1_000_000) {
      if (inviter.connection!.full) return inviter.connection!.whenRoom(inviter);
      inviter.send(body, start, total, id);
      start += chunk;
      outstanding++;
    }
  };
  inviter.onTraffic = fill;
  invitee.onTraffic = () => {
    if (invitee.octets - before >= total) resolve();
  };
  fill();
  await promise;
  clearTimeout(stuck);
  inviter.onTraffic = invitee.onTraffic = null;
}

async function measured(name: string, count: number, keep: boolean, work: () => Promise<void>): Promise<void> {
  const before = cpuOf(pid), began = performance.now();
  await work();
  const seconds = (performance.now() - began) / 1000;
  note(name, (cpuOf(pid) - before) / count, count / seconds, keep);
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

const does = (work: string): boolean => ONLY === "" || ONLY === work;
try {
  const sessions: LoadSession[] = [];
  for (let i = 0; i < SESSIONS; i++) sessions.push(await load.open(i));
  for (let round = 0; round <= ROUNDS; round++) {
    const keep = round > 0;
    if (does("messages")) {
      if (keep) await floor(2048, OPS, 40);
      for (const size of [1024, 2048]) {
        const name = `message of ${size} octets relayed, ${SESSIONS * WINDOW} at a time (µs each | /s)`;
        await measured(name, OPS, keep, () => messages(sessions, size, OPS));
      }
    }
    if (does("transfer")) {
      for (const chunk of [2048, 8192, 65_536]) {
        if (keep && chunk > 2048) await floor(chunk, Math.floor(TRANSFER / 4 / chunk), 4);
        const name = `100 MB in chunks of ${chunk} octets (µs a MB | MB/s)`;
        await measured(name, TRANSFER / 1_000_000, keep, () => transfer(sessions[0], chunk));
      }
    }
    if (does("dialogs")) {
      const count = Math.min(2000, OPS);
      await measured("INVITE, 200, ACK, BYE, 200 over TCP, 20 at a time (µs each | /s)", count, keep, async () => {
        let next = 0;
        const worker = async (pair: number): Promise<void> => {
          while (next++ < count) await (await load.open(SESSIONS + pair, false)).end();
        };
        await Promise.all(Array.from({ length: 20 }, (_, pair) => worker(pair)));
      });
    }
  }
  if (does("memory") && parley !== null) {
    await connectionFloor();
    // What a transaction keeps is gone after 32 s.
    const rest = () => new Promise((resolve) => setTimeout(resolve, 75_000));
    const open = async (): Promise<LoadSession[]> => {
      const idle: LoadSession[] = [];
      for (let i = 0; i < IDLE; i++) idle.push(await load.open(SESSIONS + i));
      return idle;
    };
    // Once before, so that what grows with the first work of a kind is not counted.
    for (const session of await open()) await session.end();
    await rest();
    const before = parley.rss();
    sessions.push(...await open());
    await rest();
    const each = (parley.rss() - before) / 1024 / IDLE;
    console.log(`memory | an idle session, both connections | ${each.toFixed(1)} KB resident`);
  }
  const median = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
  for (const [name, list] of samples) {
    const [cpu, rate] = [median(list.map((s) => s.cpu)), median(list.map((s) => s.rate))];
    console.log(`${name} | ${cpu.toFixed(1)} | ${rate.toFixed(0)}`);
  }
  for (const session of sessions) session.inviter.close();
} finally {
  await load.close();
  await parley?.[Symbol.asyncDispose]();
}
Deno.exit(0);

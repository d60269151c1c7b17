/**
 * `deno task bench`: CPU time of the server for each operation, Parley beside a bare echo and kamailio, in interleaved rounds.
 *
 *   deno task bench [--rounds 5] [--ops 20000] [--window 40] [--transport udp,tcp,tls] [--only parley] [--work relay]
 *   deno task bench --only attach|attach-digest --attach PORT,PID     (a Parley that runs already)
 *
 * The first round warms up and is not counted; medians of the others are printed, with the load they were taken at.
 */
import { Metrics, silentLog, systemClock, TimerQueues } from "../../foundation/mod.ts";
import { type Flow, type TransportName } from "../../transport/sip/mod.ts";
import { NO_TLS, SipWires } from "../../transport/sip/flows/mod.ts";
import { makeCertificate } from "../../transport/net/machine/mod.ts";
import { passwordOf, type TestUser } from "../support/parley.ts";
import { LoadClient, type Operation } from "./load_client.ts";
import { measureMemory } from "./memory.ts";
import { clearing, OFFLINE, PAIRS, registration, relay, store } from "./operations.ts";
import { attachParley, type Server, startEcho, startKamailio, startParley } from "./servers.ts";

const option = (name: string, fallback: string): string => {
  const at = Deno.args.indexOf(`--${name}`);
  return at < 0 ? fallback : Deno.args[at + 1];
};
const ROUNDS = Number(option("rounds", "5"));
const OPS = Number(option("ops", "20000"));
const WINDOW = Number(option("window", "40"));
const TRANSPORTS = option("transport", "udp,tcp,tls").split(",") as TransportName[];
const ONLY = option("only", "");
const WORK = option("work", "");
const NEW_USERS = 10_000;
/** New bindings come in storms, when everybody returns at once; they share commits, which cost alike however many share. */
const STORM = 200;

/** `--work` limits a run to one kind of work. */
function does(work: string): boolean {
  return WORK === "" || WORK === work;
}

const people = (letter: string, count: number): TestUser[] =>
  Array.from({ length: count }, (_, i) => ({ name: `${letter}${i}`, password: passwordOf(`${letter}${i}`) }));
const everybody = [...people("a", PAIRS), ...people("b", PAIRS), ...people("o", OFFLINE), ...people("n", NEW_USERS)];

/** One measured figure. */
interface Sample {
  readonly work: string;
  readonly server: string;
  readonly transport: string;
  readonly cpu_us: number;
  readonly perSecond: number;
}
const samples: Sample[] = [];
const notes: string[] = [];

/** The client's own wires: connections to servers, no door but one for UDP. */
async function clientWires(authorities: string): Promise<SipWires> {
  const timers = new TimerQueues(systemClock, (error) => {
    throw error;
  });
  timers.run();
  const own = await makeCertificate(["127.0.0.1"], systemClock);
  const wires = new SipWires({
    log: silentLog,
    metrics: new Metrics(),
    clock: systemClock,
    timers,
    tls: { ...NO_TLS, certificates: [own], publicRoots: false, authorities },
  });
  wires.handler = {
    onMessage: (flow, head) => clients.get(flow)?.receive(head),
    onGarbage() {},
    onRefused() {},
  };
  await wires.listen("udp://127.0.0.1:0");
  // A door says what our own connections are called; TLS needs a certificate for its door, the same throw-away one for all.
  await wires.listen("tcp://127.0.0.1:0");
  await wires.listen("tls://127.0.0.1:0");
  return wires;
}
/** Who takes what a flow of ours receives. */
const clients = new Map<Flow, Pick<LoadClient, "receive">>();

async function measure(
  server: Server,
  transport: string,
  operation: Operation,
  client: LoadClient,
  count: number,
  first: number,
  keep: boolean,
  window = WINDOW,
): Promise<void> {
  const before = server.cpu_us();
  const started = performance.now();
  await client.run(operation, count, window, first);
  const seconds = (performance.now() - started) / 1000;
  const cpu_us = (server.cpu_us() - before) / count;
  progress(server, transport, operation.name, cpu_us);
  for (const [status, times] of client.refused) {
    notes.push(`${server.name} ${transport} ${operation.name}: ${times} answers ${status}`);
  }
  client.refused.clear();
  if (keep) samples.push({ work: operation.name, server: server.name, transport, cpu_us, perSecond: count / seconds });
}

/** Echoes of a message-sized packet: the floor under one request and its answer. */
async function floor(wires: SipWires, server: Server, transport: TransportName, keep: boolean): Promise<void> {
  const flow = wires.flowTo({ transport, host: "127.0.0.1", port: server.port, tlsName: "" })!;
  let open = 0;
  let left = OPS;
  const { promise, resolve } = Promise.withResolvers<void>();
  // A response that comes back as it went.
  const head = `SIP/2.0 100 Echo\r\nX: ${"x".repeat(600)}\r\nContent-Length: 0\r\n\r\n`;
  const body = new Uint8Array(0);
  const next = (): void => {
    if (left-- > 0) {
      open++;
      flow.send(head, body);
    } else if (open === 0) resolve();
  };
  clients.set(flow, {
    receive() {
      open--;
      next();
    },
  });
  const before = server.cpu_us();
  const started = performance.now();
  for (let i = 0; i < Math.min(WINDOW, 30); i++) next();
  const stuck = setTimeout(resolve, 60_000);
  await promise;
  clearTimeout(stuck);
  const cpu_us = (server.cpu_us() - before) / OPS;
  if (keep) {
    const perSecond = OPS / ((performance.now() - started) / 1000);
    samples.push({ work: "echo of one message (floor)", server: server.name, transport, cpu_us, perSecond });
  }
}

async function round(number: number, servers: Servers, wires: SipWires): Promise<void> {
  const keep = number > 0;
  for (const transport of TRANSPORTS) {
    if (servers.echo !== null && transport !== "tls") await floor(wires, servers.echo, transport, keep);
    for (const server of [servers.parley, servers.kamailio]) {
      if (server === null || (transport === "tls" && server.tlsPort === 0)) continue;
      await work(server, false, transport, wires, number, keep);
    }
    for (const server of [servers.parleyDigest, servers.kamailioDigest]) {
      if (server === null || (transport === "tls" && server.tlsPort === 0)) continue;
      await work(server, true, transport, wires, number, keep);
    }
  }
}

async function work(
  server: Server,
  digest: boolean,
  transport: TransportName,
  wires: SipWires,
  number: number,
  keep: boolean,
): Promise<void> {
  const port = transport === "tls" ? server.tlsPort : server.port;
  const flow = wires.flowTo({ transport, host: "127.0.0.1", port, tlsName: transport === "tls" ? "127.0.0.1" : "" });
  if (flow === null) throw new Error(`no ${transport} to ${server.name}`);
  const client = new LoadClient(flow);
  clients.set(flow, client);
  const run = `${transport}${number}${digest ? "d" : "p"}`;
  // Rising over rounds, transports and whole runs: a lower one is refused.
  const cseq = Date.now() % 2_000_000_000;
  const setUp = (letter: string): Promise<void> =>
    client.run(registration("set up", letter, PAIRS, client.contactHost, digest, cseq), PAIRS, 50);
  // Contacts of earlier rounds would make forks of relays.
  for (const letter of ["a", "b"]) await client.run(clearing(letter, PAIRS, digest, cseq - 10), PAIRS, WINDOW);
  await setUp("a");
  await setUp("b");
  const refresh = `REGISTER refresh${digest ? " with digest (two requests)" : ""}`;
  if (does("relay")) await measure(server, transport, relay(run, digest), client, OPS, 0, keep);
  if (does("refresh")) {
    await measure(
      server,
      transport,
      registration(refresh, "a", PAIRS, client.contactHost, digest, cseq),
      client,
      OPS,
      PAIRS,
      keep,
    );
  }
  if (!server.name.startsWith("parley")) return;
  if (digest) {
    if (!does("register")) return;
    // Nobody is registered: each binding is new, and committed before its 200.
    await client.run(clearing("n", NEW_USERS, true, cseq - 10), NEW_USERS, WINDOW);
    client.refused.clear();
    const fresh = registration(
      `REGISTER new binding with digest (two requests), ${STORM} at a time`,
      "n",
      NEW_USERS,
      client.contactHost,
      true,
      cseq,
    );
    await measure(server, transport, fresh, client, NEW_USERS, 0, keep, STORM);
    return;
  }
  if (!does("store")) return;
  await measure(server, transport, store(run), client, OPS, 0, keep);
  await deliver(server, transport, client, cseq, keep);
}

/** The stored messages' recipients come online: CPU for each message delivered. */
async function deliver(
  server: Server,
  transport: string,
  client: LoadClient,
  cseq: number,
  keep: boolean,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const wanted = client.delivered + OPS;
  const before = server.cpu_us();
  const started = performance.now();
  const stuck = setTimeout(
    () => reject(new Error(`${OPS - (wanted - client.delivered)} of ${OPS} delivered after 120 s`)),
    120_000,
  );
  client.onDelivered = () => {
    if (client.delivered >= wanted) resolve();
  };
  await client.run(registration("set up", "o", OFFLINE, client.contactHost, false, cseq), OFFLINE, 50);
  await promise;
  clearTimeout(stuck);
  client.onDelivered = null;
  const cpu_us = (server.cpu_us() - before) / OPS;
  const perSecond = OPS / ((performance.now() - started) / 1000);
  progress(server, transport, "delivery of a stored message", cpu_us);
  if (keep) samples.push({ work: "delivery of a stored message", server: server.name, transport, cpu_us, perSecond });
  // Offline again for the next round.
  const leave = registration("set up", "o", OFFLINE, client.contactHost, false, cseq + 10);
  await client.run({ ...leave, request: (n) => withoutBinding(leave.request(n)) }, OFFLINE, 50);
}

/** A long run says where it is, on standard error. */
function progress(server: Server, transport: string, name: string, cpu_us: number): void {
  console.error(`${server.name} | ${transport} | ${name} | ${cpu_us.toFixed(1)} µs`);
}

function withoutBinding(request: ReturnType<Operation["request"]>): ReturnType<Operation["request"]> {
  return { ...request, lines: request.lines.replace("Expires: 3600", "Expires: 0") };
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

function report(): void {
  const keys = [...new Set(samples.map((s) => `${s.work}|${s.server}|${s.transport}`))].sort();
  console.log(
    `CPU µs of the server per operation; ${ROUNDS} rounds of ${OPS} operations, ${WINDOW} at a time, medians`,
  );
  console.log("work | server | transport | µs | lowest | highest | operations/s");
  for (const key of keys) {
    const of = samples.filter((s) => `${s.work}|${s.server}|${s.transport}` === key);
    const cpu = of.map((s) => s.cpu_us);
    const rate = median(of.map((s) => s.perSecond));
    console.log(
      `${key.replaceAll("|", " | ")} | ${median(cpu).toFixed(1)} | ${Math.min(...cpu).toFixed(1)} | ${
        Math.max(...cpu).toFixed(1)
      } | ${rate.toFixed(0)}`,
    );
  }
  for (const note of notes) console.log(note);
}

interface Servers {
  readonly parley: Server | null;
  readonly parleyDigest: Server | null;
  readonly kamailio: Server | null;
  readonly kamailioDigest: Server | null;
  readonly echo: Server | null;
}

const wanted = (name: string): boolean => ONLY === "" || ONLY === name;
const [attachPort, attachPid] = option("attach", "0,0").split(",").map(Number);
const servers: Servers = {
  parley: attachPort > 0 && ONLY === "attach"
    ? attachParley(attachPort, attachPid)
    : wanted("parley") || ONLY === "plain"
    ? await startParley(everybody, false)
    : null,
  parleyDigest: attachPort > 0 && ONLY === "attach-digest"
    ? attachParley(attachPort, attachPid)
    : wanted("parley") || ONLY === "digest"
    ? await startParley(everybody, true)
    : null,
  kamailio: wanted("kamailio") ? await startKamailio(false) : null,
  kamailioDigest: wanted("kamailio") ? await startKamailio(true) : null,
  echo: wanted("echo") ? await startEcho() : null,
};
try {
  const wires = await clientWires((servers.parley?.certificate ?? "") + (servers.parleyDigest?.certificate ?? ""));
  for (let number = 0; number <= ROUNDS; number++) await round(number, servers, wires);
  report();
  if (ONLY === "" && does("memory")) await measureMemory(wires, clients, people("n", NEW_USERS));
} finally {
  for (const server of Object.values(servers)) await server?.stop();
}
// Sessions and MSRP, in a run of everything.
if (ONLY === "" && WORK === "") await import("./msrp_bench.ts");
Deno.exit(0);

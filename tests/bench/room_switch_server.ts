/**
 * A room's switch as a process of its own, for `room_switch_bench.ts`; or, as its floor, the same octets written to as many sockets by the
 * runtime alone.
 *
 *   deno run -A --unstable-net tests/bench/room_switch_server.ts KIND LEGS SIZE DELIVERIES DEPTHS ROUNDS
 *
 *   room       the switch, legs over TCP
 *   written    bare writes: nothing comes back
 *   answered   bare writes, and bare reads of answers as long as those of a leg
 *
 * DEPTHS: so many messages are under way at once (`1,8`). Prints `port N`, and `DEPTH µs-a-delivery deliveries-a-second` for each run.
 */
import process from "node:process";
import { Metrics, silentLog, systemClock, TimerQueues } from "../../foundation/mod.ts";
import { DnsResolver } from "../../transport/net/mod.ts";
import { DenoDnsWire, NO_TLS } from "../../transport/net/machine/mod.ts";
import {
  type IncomingMessage,
  MsrpSwitchRoom,
  Switchboard,
  type SwitchLeg,
  type SwitchLegUser,
} from "../../transport/msrp/mod.ts";
import { MsrpWires } from "../../transport/msrp/flows/mod.ts";

const [kind, ...numbers] = Deno.args;
const [legs, size, deliveries] = numbers.slice(0, 3).map(Number);
const depths = numbers[3].split(",").map(Number);
const rounds = Number(numbers[4]);
const CONTENT = "message/cpim";

/** Sends so many messages to everybody, `depth` of them at once; resolves when all have answered all. */
type Work = (messages: number, depth: number) => Promise<void>;

async function measure(work: Work): Promise<void> {
  const messages = Math.max(20, Math.ceil(deliveries / legs));
  for (const depth of depths) {
    for (let round = 0; round <= rounds; round++) {
      const before = process.cpuUsage(), began = performance.now();
      await work(messages, depth);
      const { user, system } = process.cpuUsage(before);
      const all = messages * legs, seconds = (performance.now() - began) / 1000;
      // The first round is for the compiler.
      if (round > 0) console.log(`${depth} ${((user + system) / all).toFixed(2)} ${(all / seconds).toFixed(0)}`);
    }
  }
}

async function room(): Promise<void> {
  const timers = new TimerQueues(systemClock, (error) => console.error(error));
  timers.run();
  const shared = { log: silentLog, metrics: new Metrics(), clock: systemClock, timers };
  const resolver = new DnsResolver({ ...shared, wire: new DenoDnsWire(), servers: [], hosts: new Map() });
  const wires = new MsrpWires({ ...shared, resolver, tls: NO_TLS });
  const node = new Switchboard({ ...shared, dialer: wires });
  wires.accept = (duplex) => void node.accept(duplex);
  const { port } = (await wires.listen("tcp://127.0.0.1:0")).local;

  const body = new Uint8Array(size).fill(0x61);
  let seq = 0;
  let open = 0;
  let waiting = 0;
  let wanted = 0;
  const everybody = Promise.withResolvers<void>();
  let done = (): void => {};
  const passed = new Map<SwitchLeg, number>();
  const through = new Uint32Array(1_000_000);
  const user: SwitchLegUser = {
    onOpen() {
      if (++open === legs) everybody.resolve();
    },
    onPassed(leg, upTo) {
      // The next one goes as soon as everybody has answered one.
      for (let at = passed.get(leg)! + 1; at <= upTo; at++) if (++through[at] === legs) next();
      passed.set(leg, upTo);
    },
    onClosed(_leg, why, reason) {
      throw new Error(`a leg is closed: ${why}, ${reason}`);
    },
  };
  const limits = {
    message: 1_048_576,
    window: 64,
    windowOctets: 262_144,
    behind: 10_000,
    behindOctets: 64_000_000,
    silence_ms: 30_000,
  };
  const owner = { onMessage: (_: SwitchLeg, message: IncomingMessage) => message.report(200), onRequest: () => 501 };
  const room = new MsrpSwitchRoom({ node, clock: systemClock, timers, log: silentLog, limits, owner });
  for (let i = 0; i < legs; i++) {
    const leg = room.add({
      sessionId: `leg${padded(i, 4)}`,
      uri: `msrp://127.0.0.1:${port}/leg${padded(i, 4)};tcp`,
      acceptTypes: [CONTENT],
      party: i + 1,
      after: 0,
      peerTypes: [CONTENT],
      peerMaxSize: 0,
      skips: new Set(),
      user,
    });
    passed.set(leg, 0);
    leg.start("passive", { path: [`msrp://127.0.0.1:9/client${padded(i, 4)};tcp`] });
  }
  const append = (): void => {
    seq++;
    wanted--;
    room.append({
      seq,
      messageId: messageIdOf(seq),
      contentType: CONTENT,
      body: [body],
      size,
      from: 0,
      to: null,
      origin: null,
    });
  };
  const next = (): void => {
    if (--waiting === 0) done();
    else if (wanted > 0) append();
  };
  console.log(`frame ${octetsOfLeg(port).frame.length}\nport ${port}`);
  await everybody.promise;
  await measure((messages, depth) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    done = resolve;
    waiting = wanted = messages;
    for (let i = 0; i < depth && wanted > 0; i++) append();
    return promise;
  });
}

function padded(number: number, digits: number): string {
  return String(number).padStart(digits, "0");
}

/** As long as each other: frames of a leg are all of one length. */
function messageIdOf(seq: number): string {
  return `m${padded(seq, 9)}.0123456789`;
}

/** What a leg sends for each message, and gets for it. */
function octetsOfLeg(port: number): { frame: Uint8Array; answer: number } {
  const paths = `To-Path: msrp://127.0.0.1:9/client0000;tcp\r\nFrom-Path: msrp://127.0.0.1:${port}/leg0000;tcp\r\n`;
  const head = `MSRP 0123456789ab SEND\r\n${paths}Message-ID: ${messageIdOf(0)}\r\nByte-Range: 1-${size}/${size}\r\n` +
    `Content-Type: ${CONTENT}\r\n\r\n`;
  const frame = new TextEncoder().encode(`${head}${"a".repeat(size)}\r\n-------0123456789ab$\r\n`);
  return { frame, answer: `MSRP 0123456789ab 200 OK\r\n${paths}-------0123456789ab$\r\n`.length };
}

async function bare(answered: boolean): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  const { frame, answer } = octetsOfLeg(port);
  console.log(`frame ${frame.length}\nport ${port}`);
  const connections: Deno.TcpConn[] = [];
  while (connections.length < legs) connections.push(await listener.accept());
  for (const connection of connections) connection.setNoDelay(true);

  let waiting = 0;
  let wanted = 0;
  let done = (): void => {};
  let through = new Uint32Array(0);
  const write = async (connection: Deno.TcpConn, message: number): Promise<void> => {
    for (let at = 0; at < frame.length;) at += await connection.write(frame.subarray(at));
    if (!answered) told(message);
  };
  const send = (): void => {
    const message = through.length - wanted--;
    for (const connection of connections) void write(connection, message);
  };
  const told = (message: number): void => {
    if (++through[message] < legs) return;
    if (--waiting === 0) done();
    else if (wanted > 0) send();
  };
  const counts = new Uint32Array(legs);
  const read = async (connection: Deno.TcpConn, at: number): Promise<void> => {
    const buffer = new Uint8Array(2048);
    for (let octets = 0;;) {
      const n = await connection.read(buffer);
      if (n === null) return;
      octets += n;
      while (octets >= answer) {
        octets -= answer;
        told(counts[at]++);
      }
    }
  };
  if (answered) connections.forEach((connection, at) => void read(connection, at));
  await measure((messages, depth) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    done = resolve;
    counts.fill(0);
    through = new Uint32Array(messages);
    waiting = wanted = messages;
    for (let i = 0; i < depth && wanted > 0; i++) send();
    return promise;
  });
}

if (kind === "room") await room();
else await bare(kind === "answered");
console.log("done");
Deno.exit(0);

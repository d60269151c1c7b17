/**
 * What an echo over TCP and TLS costs the server, in µs of CPU a message: our flows, and the floors (a bare read and write
 * on the runtime's own TCP, on its own TLS, and on node:tls) beside them in the same run.
 *
 *   deno run -A tests/bench/stream_echo_bench.ts [rounds] [messages a round]
 *
 * 32 connections with one message each under way, so that nothing is batched: the dearest case.
 */
import { createServer } from "node:tls";
import { Metrics, silentLog, systemClock, TimerQueues } from "../../foundation/mod.ts";
import { NO_TLS, SipWires } from "../../transport/sip/flows/mod.ts";
import { certificatesOf, makeCertificate } from "../../transport/net/machine/mod.ts";

const KINDS = ["tcp floor", "tcp flow", "tls floor (Deno)", "tls floor (node)", "tls flow"] as const;
type Kind = typeof KINDS[number];
const CONNECTIONS = 32;
const TICKS_A_SECOND = 100;

const MESSAGE = new TextEncoder().encode(
  "MESSAGE sip:bob@example.test SIP/2.0\r\n" +
    "Via: SIP/2.0/TCP 127.0.0.1:5070;branch=z9hG4bKabcdefghij;rport\r\nMax-Forwards: 70\r\n" +
    "From: <sip:alice@example.test>;tag=abcdefgh\r\nTo: <sip:bob@example.test>\r\nCall-ID: 0123456789abcdef\r\n" +
    "CSeq: 1 MESSAGE\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello",
);

async function serve(kind: Kind, directory: string): Promise<void> {
  const cert = await Deno.readTextFile(`${directory}/cert`);
  const key = await Deno.readTextFile(`${directory}/key`);
  if (kind.includes("floor (node)")) {
    const server = createServer({ cert, key }, (socket) => socket.on("data", (chunk) => socket.write(chunk)));
    server.listen(0, "127.0.0.1", () => console.log((server.address() as { port: number }).port));
    return;
  }
  if (kind.includes("floor")) {
    const at = { hostname: "127.0.0.1", port: 0 };
    const listener = kind.startsWith("tls") ? Deno.listenTls({ ...at, cert, key }) : Deno.listen(at);
    console.log((listener.addr as Deno.NetAddr).port);
    for await (const conn of listener) void echo(conn);
    return;
  }
  const timers = new TimerQueues(systemClock, (error) => console.error(error));
  timers.run();
  const wires = new SipWires({
    log: silentLog,
    metrics: new Metrics(),
    clock: systemClock,
    timers,
    tls: { ...NO_TLS, certificates: [certificatesOf(cert, key, systemClock)] },
    handler: {
      onMessage: (flow, head, body) => void flow.send(head, body),
      onGarbage: () => {},
      onRefused: () => {},
    },
  });
  const door = await wires.listen(`${kind.startsWith("tls") ? "tls" : "tcp"}://127.0.0.1:0`);
  console.log(door.local.port);
}

async function echo(conn: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(2_048);
  for (let n = await conn.read(buffer); n !== null; n = await conn.read(buffer)) {
    for (let at = 0; at < n;) at += await conn.write(buffer.subarray(at, n));
  }
}

async function load(conns: readonly Deno.Conn[], messages: number): Promise<void> {
  let left = messages;
  await Promise.all(conns.map(async (conn) => {
    const buffer = new Uint8Array(2_048);
    while (left-- > 0) {
      await conn.write(MESSAGE);
      for (let got = 0; got < MESSAGE.length;) got += await conn.read(buffer) ?? MESSAGE.length;
    }
  }));
}

function cpuSeconds(pid: number): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}

async function measure(rounds: number, messages: number): Promise<void> {
  const directory = await Deno.makeTempDir();
  const pair = await makeCertificate(["localhost", "127.0.0.1"], systemClock);
  await Deno.writeTextFile(`${directory}/cert`, pair.certificate);
  await Deno.writeTextFile(`${directory}/key`, pair.key);
  const results = new Map<Kind, number[]>(KINDS.map((kind) => [kind, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const kind of KINDS) {
      const server = new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--unstable-net", import.meta.filename!, "serve", kind, directory],
        stdout: "piped",
        stderr: "inherit",
      }).spawn();
      const reader = server.stdout.getReader();
      const port = Number(new TextDecoder().decode((await reader.read()).value));
      const conns: Deno.Conn[] = [];
      for (let i = 0; i < CONNECTIONS; i++) {
        conns.push(
          kind.startsWith("tls")
            ? await Deno.connectTls({ hostname: "127.0.0.1", port, caCerts: [pair.certificate] })
            : await Deno.connect({ hostname: "127.0.0.1", port }),
        );
      }
      await load(conns, messages / 4);
      const before = cpuSeconds(server.pid);
      await load(conns, messages);
      const used = (cpuSeconds(server.pid) - before) * 1e6 / messages;
      // The first round warms the machine and is not counted.
      if (round > 0) results.get(kind)!.push(used);
      for (const conn of conns) conn.close();
      reader.releaseLock();
      server.kill("SIGKILL");
      await server.status;
      await server.stdout.cancel();
    }
  }
  for (const [kind, values] of results) {
    const sorted = values.toSorted((a, b) => a - b);
    const median = sorted[sorted.length >> 1].toFixed(1);
    console.log(`${kind.padEnd(18)} ${median} µs (${sorted[0].toFixed(1)} to ${sorted.at(-1)!.toFixed(1)})`);
  }
  await Deno.remove(directory, { recursive: true });
}

if (Deno.args[0] === "serve") await serve(Deno.args[1] as Kind, Deno.args[2]);
else await measure(Number(Deno.args[0] ?? 5), Number(Deno.args[1] ?? 50_000));

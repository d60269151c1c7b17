/**
 * What an echo over UDP costs the server, in µs of CPU a datagram: plain and batched, with the floor (the runtime's own
 * receive and send, nothing else) beside them in the same run.
 *
 *   deno run -A tests/bench/udp_echo_bench.ts [rounds] [datagrams a round]
 *
 * The server is a process of its own, measured by /proc/<pid>/stat; the client is a batched one with a window of 128.
 */
import { EMPTY, Metrics, silentLog, systemClock, TimerQueues } from "../../foundation/mod.ts";
import { DEFAULT_ADMISSION } from "../../transport/net/mod.ts";
import type { Flow, FlowHandler } from "../../transport/sip/mod.ts";
import { SipWires } from "../../transport/sip/flows/mod.ts";

type Kind = "floor" | "plain" | "batched";
const KINDS: readonly Kind[] = ["floor", "plain", "batched"];
const WINDOW = 128;
const TICKS_A_SECOND = 100;

const HEAD = "MESSAGE sip:bob@example.test SIP/2.0\r\n" +
  "Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKabcdefghij;rport\r\nMax-Forwards: 70\r\n" +
  "From: <sip:alice@example.test>;tag=abcdefgh\r\nTo: <sip:bob@example.test>\r\nCall-ID: 0123456789abcdef\r\n" +
  "CSeq: 1 MESSAGE\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n";

function wiresOf(handler: FlowHandler, udp: "auto" | "plain"): SipWires {
  const timers = new TimerQueues(systemClock, (error) => console.error(error));
  timers.run();
  return new SipWires({
    log: silentLog,
    metrics: new Metrics(),
    clock: systemClock,
    timers,
    handler,
    udp,
    admission: DEFAULT_ADMISSION,
  });
}

async function serve(kind: Kind): Promise<void> {
  if (kind === "floor") {
    const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
    console.log((socket.addr as Deno.NetAddr).port);
    const buffer = new Uint8Array(65_536);
    for (;;) {
      const [octets, from] = await socket.receive(buffer);
      await socket.send(octets, from);
    }
  }
  const wires = wiresOf({
    onMessage: (flow, head, body) => void flow.send(head, body),
    onGarbage: () => {},
    onRefused: () => {},
  }, kind === "plain" ? "plain" : "auto");
  const door = await wires.listen("udp://127.0.0.1:0");
  console.log(door.local.port);
}

function cpuSeconds(pid: number): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}

/** Echoes so far; `wake` is called when there are `enough`. */
interface Echoes {
  count: number;
  enough: number;
  wake: () => void;
}

/** Sends `count` datagrams, at most a window at a time, and waits for their echoes; one that is lost is sent again. */
async function load(echoes: Echoes, flow: Flow, count: number) {
  echoes.count = 0;
  let sent = 0;
  while (echoes.count < count) {
    while (sent - echoes.count < WINDOW && sent < count) {
      flow.send(HEAD, EMPTY);
      sent++;
    }
    const before = echoes.count;
    // Half a window back at once: batches stay batches, as under load from many senders.
    echoes.enough = Math.min(sent, before + WINDOW / 2);
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      echoes.wake = resolve;
      timer = setTimeout(resolve, 200);
    });
    clearTimeout(timer);
    if (echoes.count === before) sent = echoes.count;
  }
}

async function measure(rounds: number, count: number): Promise<void> {
  const echoes: Echoes = { count: 0, enough: 0, wake: () => {} };
  const client = wiresOf({
    onMessage: () => {
      if (++echoes.count === echoes.enough) echoes.wake();
    },
    onGarbage: () => {},
    onRefused: () => {},
  }, "auto");
  await client.listen("udp://127.0.0.1:0");
  const results = new Map<Kind, number[]>(KINDS.map((kind) => [kind, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const kind of KINDS) {
      const server = new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--unstable-net", import.meta.filename!, "serve", kind],
        stdout: "piped",
        stderr: "inherit",
      }).spawn();
      const reader = server.stdout.getReader();
      const port = Number(new TextDecoder().decode((await reader.read()).value));
      const flow = client.flowTo({ transport: "udp", host: "127.0.0.1", port, tlsName: "" })!;
      await load(echoes, flow, count / 4);
      const before = cpuSeconds(server.pid);
      await load(echoes, flow, count);
      const used = (cpuSeconds(server.pid) - before) * 1e6 / count;
      // The first round warms the machine and is not counted.
      if (round > 0) results.get(kind)!.push(used);
      reader.releaseLock();
      server.kill("SIGKILL");
      await server.status;
      await server.stdout.cancel();
    }
  }
  for (const [kind, values] of results) {
    const sorted = values.toSorted((a, b) => a - b);
    const median = sorted[sorted.length >> 1];
    console.log(
      `udp echo ${kind.padEnd(8)} ${median.toFixed(1)} µs (${sorted[0].toFixed(1)} to ${sorted.at(-1)!.toFixed(1)})`,
    );
  }
  await client.close();
  Deno.exit(0);
}

if (Deno.args[0] === "serve") await serve(Deno.args[1] as Kind);
else await measure(Number(Deno.args[0] ?? 5), Number(Deno.args[1] ?? 200_000));

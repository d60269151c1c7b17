/**
 * What the wires of MSRP cost without MSRP on them: µs of server CPU for an echo of 2 KB, MB/s and CPU from one connection to
 * another through the box, and the memory of idle connections.
 *
 *   deno run -A transport/msrp/flows/duplex_bench.ts [megabytes] [echoes]
 */
import { systemClock } from "../../../foundation/mod.ts";
import { NO_TLS } from "../../net/machine/mod.ts";
import type { Duplex, DuplexUser } from "../duplex.ts";
import { authority, Reader, serverPair, TEST_TLS, testWires, webSocketServer } from "./testing.ts";

const TRANSPORTS = ["tcp", "tls", "ws"] as const;
type Transport = typeof TRANSPORTS[number];
const TICKS_A_SECOND = 100;
const CONNECTIONS = 32;
const IDLE = Number(Deno.env.get("IDLE") ?? 2_000);

/** Lent while there is something to write. */
const buffers: Uint8Array<ArrayBuffer>[] = [];

/** Writes what the other one reads; stops it while more than 32 KiB wait. */
class Side implements DuplexUser {
  readonly duplex: Duplex;
  other: Side | null = null;
  #out: Uint8Array<ArrayBuffer> | null = null;
  #inFlight: Uint8Array<ArrayBuffer> | null = null;
  #length = 0;
  #busy = false;
  #scheduled = false;

  constructor(duplex: Duplex) {
    this.duplex = duplex;
    duplex.start(this);
  }
  onConnected(): void {}
  onOctets(octets: Uint8Array): void {
    (this.other ?? this).#take(octets, this);
  }
  onWritten(): void {
    this.#busy = false;
    buffers.push(this.#inFlight!);
    if (this.#length > 0) this.#flush();
    if (this.#length <= 32_768) (this.other ?? this).duplex.resume();
  }
  onClosed(): void {
    this.other?.duplex.end();
  }
  #take(octets: Uint8Array, from: Side): void {
    this.#out ??= buffers.pop() ?? new Uint8Array(65_536);
    this.#out.set(octets, this.#length);
    this.#length += octets.length;
    if (this.#length >= 32_768) from.duplex.pause();
    if (this.#busy || this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      if (!this.#busy) this.#flush();
    });
  }
  #flush(): void {
    const out = this.#inFlight = this.#out!;
    this.#out = null;
    const length = this.#length;
    this.#length = 0;
    this.#busy = true;
    this.duplex.write(out.subarray(0, length));
  }
}

async function serve(transport: Transport, mode: string): Promise<void> {
  const waiting: Side[] = [];
  const wires = testWires({
    tls: TEST_TLS,
    accept: (duplex) => {
      const side = new Side(duplex);
      if (mode !== "relay") return;
      const other = waiting.pop();
      if (other === undefined) waiting.push(side);
      else [side.other, other.other] = [other, side];
    },
  });
  const port = transport === "ws"
    ? (await webSocketServer(wires)).port
    : (await wires.wires.listen(`${transport}://127.0.0.1:0`)).local.port;
  console.log(port);
}

function cpuSeconds(pid: number): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}

function residentMb(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`))![1]) / 1024;
}

async function withServer(
  transport: Transport,
  mode: string,
  body: (dial: () => Promise<Reader>, pid: number) => Promise<void>,
): Promise<void> {
  const server = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--unstable-net", import.meta.filename!, "serve", transport, mode],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const output = server.stdout.getReader();
  const port = Number(new TextDecoder().decode((await output.read()).value));
  const client = testWires({ tls: { ...NO_TLS, authorities: authority.certificate, certificates: [serverPair] } });
  await body(async () => {
    const reader = new Reader(client.wires.dial(transport, { host: "127.0.0.1", port }, "")!);
    reader.keep = false;
    await reader.until(() => reader.connects === 1 || reader.closed !== null, "connected");
    if (reader.closed !== null) throw new Error(reader.closed);
    return reader;
  }, server.pid);
  await client.close();
  output.releaseLock();
  server.kill("SIGKILL");
  await server.status;
  await server.stdout.cancel();
}

async function echo(transport: Transport, echoes: number): Promise<void> {
  await withServer(transport, "echo", async (dial, pid) => {
    const readers = await Promise.all(Array.from({ length: CONNECTIONS }, dial));
    const message = new Uint8Array(2_400);
    const run = (count: number) =>
      new Promise<void>((resolve) => {
        let left = count;
        let open = readers.length;
        for (const reader of readers) {
          let got = 0;
          const next = () => {
            if (left-- > 0) reader.write(message);
            else if (--open === 0) resolve();
          };
          reader.onEach = (octets) => {
            got += octets.length;
            if (got < message.length) return;
            got = 0;
            next();
          };
          next();
        }
      });
    await run(echoes / 4);
    const before = cpuSeconds(pid);
    await run(echoes);
    console.log(`${transport}: ${((cpuSeconds(pid) - before) * 1e6 / echoes).toFixed(1)} µs CPU an echo of 2.4 KB`);
  });
}

async function relay(transport: Transport, megabytes: number, chunk: number): Promise<void> {
  await withServer(transport, "relay", async (dial, pid) => {
    const [from, to] = [await dial(), await dial()];
    const octets = new Uint8Array(chunk);
    const run = async (total: number) => {
      const wanted = to.length + total;
      let sent = 0;
      const next = () => {
        if (sent >= total) return;
        sent += chunk;
        from.write(octets);
      };
      const written = from.onWritten.bind(from);
      from.onWritten = () => {
        written();
        next();
      };
      next();
      await to.until(() => to.length >= wanted, "all of it");
      from.onWritten = written;
    };
    const step = chunk * Math.ceil(100e6 / chunk);
    await run(step);
    const before = cpuSeconds(pid);
    const start = systemClock.monotonic();
    let done = 0;
    for (; done < megabytes * 1e6; done += step) await run(step);
    const seconds = (systemClock.monotonic() - start) / 1000;
    const cpu = cpuSeconds(pid) - before;
    console.log(
      `${transport}: ${(done / 1e6 / seconds).toFixed(0)} MB/s through the box in writes of ${chunk}, ` +
        `${(cpu * 1e9 / done).toFixed(2)} s CPU a GB (${(done / 1e6 / cpu).toFixed(0)} MB a CPU second)`,
    );
  });
}

async function idle(transport: Transport): Promise<void> {
  await withServer(transport, "echo", async (dial, pid) => {
    const first: Reader[] = [];
    for (let i = 0; i < 200; i++) first.push(await dial());
    const before = residentMb(pid);
    for (let i = 0; i < IDLE; i++) first.push(await dial());
    // Each has been busy once.
    const message = new Uint8Array(20_000);
    for (const reader of first) {
      const wanted = reader.length + message.length;
      reader.write(message);
      await reader.until(() => reader.length >= wanted, "the echo");
    }
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    console.log(`${transport}: ${((residentMb(pid) - before) * 1024 / IDLE).toFixed(1)} KB an idle connection`);
  });
}

if (Deno.args[0] === "idle") { for (const transport of TRANSPORTS) await idle(transport); }
else if (Deno.args[0] === "serve") await serve(Deno.args[1] as Transport, Deno.args[2]);
else {
  const megabytes = Number(Deno.args[0] ?? 1_000);
  const echoes = Number(Deno.args[1] ?? 50_000);
  for (const transport of TRANSPORTS) {
    await echo(transport, echoes);
    for (const chunk of [8_192, 65_536]) await relay(transport, megabytes, chunk);
    await idle(transport);
  }
  Deno.exit(0);
}

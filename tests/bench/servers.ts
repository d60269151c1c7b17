/** The servers that a bench run measures: each a process of its own, its CPU time read from the kernel. */
import { Child, freePort, programPath } from "../support/process.ts";
import { cpuOf, ParleyProcess, rssOf, type TestUser } from "../support/parley.ts";

/** A server under measurement. */
export interface Server {
  readonly name: string;
  readonly port: number;
  readonly tlsPort: number;
  /** PEM of the certificate it shows; "" without TLS. */
  readonly certificate: string;
  /** CPU time so far, all its processes, microseconds. */
  cpu_us(): number;
  /** Resident memory, all its processes, octets. */
  rss(): number;
  stop(): Promise<void>;
}

/** Parley as it is shipped. Without digest its loopback is a trusted hop, as an IMS core in front would be. */
export async function startParley(users: readonly TestUser[], digest: boolean): Promise<Server> {
  const parley = await ParleyProcess.start({
    users,
    config: `[deferred]\nquota_messages = 1000000\nquota_bytes = 1000000000\n` +
      (digest ? "" : `[trust]\nhops = ["127.0.0.1/32"]\n`),
  });
  return {
    name: digest ? "parley, digest" : "parley",
    port: parley.port,
    tlsPort: parley.tlsPort,
    certificate: await Deno.readTextFile(`${parley.dir}/data/parley-tls.pem`),
    cpu_us: () => parley.cpu_us(),
    rss: () => parley.rss(),
    stop: () => parley[Symbol.asyncDispose](),
  };
}

/** A Parley that was started by hand (under a profiler, say), with loopback as a trusted hop: SIP port and process id. */
export function attachParley(port: number, pid: number): Server {
  return {
    name: "parley",
    port,
    tlsPort: 0,
    certificate: "",
    cpu_us: () => cpuOf(pid),
    rss: () => rssOf(pid),
    stop: () => Promise.resolve(),
  };
}

/** kamailio, where it is installed. */
export async function startKamailio(digest: boolean): Promise<Server | null> {
  if (programPath("kamailio") === null) return null;
  const port = freePort();
  const dir = await Deno.makeTempDir({ prefix: "parley-bench-" });
  const config = new URL("./kamailio.cfg", import.meta.url).pathname;
  const args = ["-f", config, "-l", `udp:127.0.0.1:${port}`, "-l", `tcp:127.0.0.1:${port}`, "-m", "512", "-DD", "-E"];
  if (digest) args.push("-A", "DIGEST");
  const child = new Child("kamailio", "kamailio", { args: [...args, "-Y", dir, "-w", dir] });
  const pids = (): number[] => [child.pid, ...descendants(child.pid)];
  await answering(port);
  return {
    name: digest ? "kamailio, digest" : "kamailio",
    port,
    tlsPort: 0,
    certificate: "",
    cpu_us: () => pids().reduce((sum, pid) => sum + cpuOf(pid), 0),
    rss: () => pids().reduce((sum, pid) => sum + rssOf(pid), 0),
    stop: async () => {
      await child.stop();
      await Deno.remove(dir, { recursive: true });
    },
  };
}

/** The floor: an echo on the same runtime. */
export async function startEcho(readOctets = 65_536): Promise<Server> {
  const port = freePort();
  const program = new URL("./echo_server.ts", import.meta.url).pathname;
  const child = new Child("echo", Deno.execPath(), {
    args: ["run", "--unstable-net", "--allow-net", program, String(port), String(readOctets)],
  });
  await child.printed(/echo ready/);
  return {
    name: "echo",
    port,
    tlsPort: 0,
    certificate: "",
    cpu_us: () => cpuOf(child.pid),
    rss: () => rssOf(child.pid),
    stop: () => child.stop(),
  };
}

/** All processes below one. */
export function descendants(pid: number): number[] {
  const children = Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`).trim();
  return children === "" ? [] : children.split(" ").map(Number).flatMap((child) => [child, ...descendants(child)]);
}

/** Waits until a SIP server answers OPTIONS over UDP. */
export async function answering(port: number): Promise<void> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const { port: own } = socket.addr as Deno.NetAddr;
  const request =
    `OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:${own};branch=z9hG4bKprobe\r\nFrom: <sip:p@p>;tag=p\r\n` +
    `To: <sip:127.0.0.1>\r\nCall-ID: probe\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n`;
  const send = () => socket.send(new TextEncoder().encode(request), { transport: "udp", hostname: "127.0.0.1", port });
  const again = setInterval(() => send().catch(() => {}), 100); // refused until it listens
  const deadline = setTimeout(() => socket.close(), 10_000);
  try {
    await socket.receive();
  } finally {
    clearInterval(again);
    clearTimeout(deadline);
    socket.close();
  }
}

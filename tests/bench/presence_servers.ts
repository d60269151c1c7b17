/** The servers that the presence bench measures, with their CPU time to the nanosecond: a change with its NOTIFYs takes but few ticks. */
import { Child, freePort, programPath } from "../support/process.ts";
import { ParleyProcess, type TestUser } from "../support/parley.ts";
import { V8_FLAGS } from "../../tools/v8_flags.mjs";
import { answering, descendants } from "./servers.ts";
import { PresenceLoad } from "./presence_load.ts";

export type ServerKind = "parley" | "framework" | "bare" | "kamailio";
export const SERVER_KINDS: readonly ServerKind[] = ["parley", "framework", "bare", "kamailio"];

/** A server under measurement. */
export interface PresenceServer {
  readonly kind: ServerKind;
  readonly port: number;
  /** Processes, whose CPU counts. */
  pids(): number[];
  stop(): Promise<void>;
}

/** What each thread has used so far, ns: one that has ended is listed no more, and what it did counts all the same. */
const threads = new Map<string, number>();

/** CPU time of a server so far, all threads of all its processes, microseconds. */
export function cpuUs(server: Pick<PresenceServer, "pids">): number {
  let ns = 0;
  for (const pid of server.pids()) {
    for (const { name: tid } of Deno.readDirSync(`/proc/${pid}/task`)) {
      try {
        const used = Number(Deno.readTextFileSync(`/proc/${pid}/task/${tid}/schedstat`).split(" ")[0]);
        threads.set(`${pid}/${tid}`, used);
      } catch (error) {
        // It has ended meanwhile.
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    }
    for (const [thread, used] of threads) if (thread.startsWith(`${pid}/`)) ns += used;
  }
  return ns / 1000;
}

/** A box that trusts this machine, where everybody may see everybody, and publish as often as it takes. */
export async function startBox(users: readonly TestUser[], config: string): Promise<ParleyProcess> {
  return await ParleyProcess.start({
    users,
    config: `[trust]\nhops = ["127.0.0.1/32"]\n[presence]\nstrangers = "allow"\npublish_per_minute = 6000\n${config}`,
  });
}

/** Null for kamailio where it is not installed. `interval_s`: between two NOTIFYs of a subscription, where the server has that. */
export async function startServer(
  kind: ServerKind,
  users: readonly TestUser[],
  interval_s: number,
): Promise<PresenceServer | null> {
  if (kind === "parley") {
    const parley = await startBox(users, `notify_interval = ${interval_s}\n`);
    return { kind, port: parley.port, pids: () => [parley.pid], stop: () => parley[Symbol.asyncDispose]() };
  }
  return kind === "kamailio" ? await startKamailio() : await startFloor(kind, interval_s);
}

/** A box that was started by hand, under a profiler, say. */
export function attachServer(port: number, pid: number): PresenceServer {
  return { kind: "parley", port, pids: () => [pid], stop: () => Promise.resolve() };
}

async function startFloor(kind: "framework" | "bare", interval_s: number): Promise<PresenceServer> {
  const port = freePort();
  const program = new URL("./presence_floor.ts", import.meta.url).pathname;
  const child = new Child(kind, Deno.execPath(), {
    args: ["run", "-A", "--unstable-net", V8_FLAGS, program, kind, String(port), String(interval_s * 1000)],
  });
  await child.printed(/floor ready/);
  return { kind, port, pids: () => [child.pid], stop: () => child.stop() };
}

const DBTEXT = "/usr/share/kamailio/dbtext/kamailio";

/** kamailio's presence server with everything in memory; it does not space its NOTIFYs. */
async function startKamailio(): Promise<PresenceServer | null> {
  if (programPath("kamailio") === null) return null;
  const port = freePort();
  const dir = await Deno.makeTempDir({ prefix: "parley-bench-" });
  // The modules look at their tables' versions, and need not write into them.
  for (const table of ["version", "presentity", "active_watchers", "watchers", "xcap"]) {
    await Deno.copyFile(`${DBTEXT}/${table}`, `${dir}/${table}`);
  }
  const config = new URL("./kamailio_presence.cfg", import.meta.url).pathname;
  const doors = ["-l", `udp:127.0.0.1:${port}`, "-l", `tcp:127.0.0.1:${port}`];
  const args = ["-f", config, ...doors, "-m", "1024", "-DD", "-E", "-Y", dir, "-w", dir, "-A", `DB="text://${dir}"`];
  const child = new Child("kamailio", "kamailio", { args });
  await answering(port);
  return {
    kind: "kamailio",
    port,
    pids: () => [child.pid, ...descendants(child.pid)],
    stop: async () => {
      await child.stop();
      await Deno.remove(dir, { recursive: true });
    },
  };
}

/** The server's figures from now on; `us` is its CPU since. */
export function meter(server: PresenceServer): () => { readonly us: number; readonly seconds: number } {
  const before = cpuUs(server), began = performance.now();
  return () => ({ us: cpuUs(server) - before, seconds: (performance.now() - began) / 1000 });
}

/** Waits until something holds, which is asked every few ms. */
export async function until(what: string, holds: () => boolean, within_ms: number): Promise<void> {
  const deadline = performance.now() + within_ms;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${within_ms} ms`);
    await rest(5);
  }
}

export function rest(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** No request of the clients is open, and what the server has to do after its last one is done. */
export async function calm(load: PresenceLoad): Promise<void> {
  await until("the answers", () => load.waiting === 0, 30_000);
  await rest(60);
}

/**
 * Resident memory of a box at rest: after its start, with 10,000 users, and with 10,000 registrations on top, each once it has
 * come to rest (the box gives back what a burst took when nobody waits: see docs/operations.md "Memory and speed").
 */
import type { Flow } from "../../transport/sip/mod.ts";
import type { SipWires } from "../../transport/sip/flows/mod.ts";
import { ParleyProcess, type TestUser } from "../support/parley.ts";
import { LoadClient } from "./load_client.ts";
import { registration } from "./operations.ts";

const REGISTRATIONS = 10_000;
const REST_MS = 20_000;
/** Timer J (32 s) empties the transaction table; then come quiet looks at the memory, ten seconds apart. */
const AFTER_BURST_MS = 90_000;

const rest = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Resident and private (anonymous) memory in MB. */
export function memoryOf(pid: number): { resident: number; anonymous: number } {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const mb = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)![1]) / 1024;
  return { resident: mb("VmRSS"), anonymous: mb("RssAnon") };
}

function line(what: string, pid: number): { resident: number; anonymous: number } {
  const memory = memoryOf(pid);
  console.log(
    `memory | ${what} | ${memory.resident.toFixed(1)} MB resident, ${memory.anonymous.toFixed(1)} MB of it anonymous`,
  );
  return memory;
}

/** Measures and prints; takes about two and a half minutes. */
export async function measureMemory(
  wires: SipWires,
  clients: Map<Flow, Pick<LoadClient, "receive">>,
  users: readonly TestUser[],
): Promise<void> {
  {
    await using empty = await ParleyProcess.start();
    await rest(REST_MS);
    line("idle, no users", empty.pid);
  }
  await using parley = await ParleyProcess.start({ users: users.slice(0, REGISTRATIONS) });
  await rest(REST_MS);
  const before = line(`idle, ${REGISTRATIONS} users`, parley.pid);
  const flow = wires.flowTo({ transport: "udp", host: "127.0.0.1", port: parley.port, tlsName: "" })!;
  const client = new LoadClient(flow);
  clients.set(flow, client);
  await client.run(
    registration("register", users[0].name[0], REGISTRATIONS, client.contactHost, true, 1),
    REGISTRATIONS,
    100,
  );
  line(`right after ${REGISTRATIONS} registrations`, parley.pid);
  await rest(AFTER_BURST_MS);
  const after = line(`${REGISTRATIONS} registrations, at rest`, parley.pid);
  const each = (name: "resident" | "anonymous"): string =>
    ((after[name] - before[name]) * 1024 / REGISTRATIONS).toFixed(2);
  console.log(`memory | a registration | ${each("resident")} KB resident, ${each("anonymous")} KB anonymous`);
}

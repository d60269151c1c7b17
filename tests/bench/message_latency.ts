/** How long pager messages take beside the load of sessions: `message_probe.ts` as a process of its own. */
import { Child } from "../support/process.ts";

/** Milliseconds from a MESSAGE's due time to its 200, the recipient's included. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly worst: number;
}

/** The two users whose messages are timed. */
export const PROBE_USERS = ["probe1", "probe2"] as const;
const RATE = 100;

/** Lets one user send another 100 messages a second for so long, while `beside` runs. */
export async function messageLatency(port: number, seconds: number, beside: () => Promise<void>): Promise<Latency> {
  const program = new URL("./message_probe.ts", import.meta.url).pathname;
  const args = ["run", "--allow-net", "--no-check", program, `${port}`, PROBE_USERS.join(), `${seconds}`, `${RATE}`];
  const probe = new Child("probe", Deno.execPath(), { args, stdin: "piped" });
  await probe.printed(/probe ready/);
  const asked = probe.write("\n").then(() => probe.printed(/^(\{.*\})$/m, seconds * 1000 + 60_000));
  const [[, json]] = await Promise.all([asked, beside()]);
  await probe.finished(10_000);
  return JSON.parse(json);
}

import { Child } from "../support/process.ts";
import { passwordOf } from "../support/parley.ts";

const SCENARIOS = new URL("./sipp/", import.meta.url).pathname;

/** One run of sipp with a scenario of ours, in a folder of its own (it writes where it stands). */
export function startSipp(
  options: {
    scenario: "register" | "send_messages" | "receive_messages";
    dir: string;
    port: number;
    transport?: "udp" | "tcp";
    server?: number;
    variables?: Record<string, string | number>;
    rows?: readonly string[];
    calls?: number;
    concurrent?: number;
    rate?: number;
    log?: string;
  },
): Child {
  const { scenario, dir, port, server, variables = {}, rows, calls, concurrent, rate, log } = options;
  const args = ["-sf", `${SCENARIOS}${scenario}.xml`, "-i", "127.0.0.1", "-p", String(port), "-nostdin"];
  args.push("-t", options.transport === "tcp" ? "t1" : "u1", "-deadcall_wait", "0", "-timeout", "600s");
  for (const [name, value] of Object.entries(variables)) args.push("-set", name, String(value));
  if (rows !== undefined) {
    const file = `${dir}/${scenario}.csv`;
    Deno.writeTextFileSync(file, `SEQUENTIAL\n${rows.join("\n")}\n`);
    args.push("-inf", file);
  }
  if (calls !== undefined) args.push("-m", String(calls));
  if (concurrent !== undefined) args.push("-l", String(concurrent));
  if (rate !== undefined) args.push("-r", String(rate));
  if (log !== undefined) args.push("-trace_logs", "-log_file", log);
  args.push("-trace_err", "-error_file", `${dir}/${scenario}.errors`);
  if (server !== undefined) args.push(`127.0.0.1:${server}`);
  return new Child(`sipp ${scenario}`, "sipp", { args, cwd: dir });
}

/** A row of the injection file for a user: name and credentials, and what else the scenario wants. */
export function sippRow(name: string, ...more: string[]): string {
  return [name, `[authentication username=${name} password=${passwordOf(name)}]`, ...more].join(";");
}

/** Waits for a sipp run to end well; fails with its errors. */
export async function sippEnded(run: Child, dir: string, scenario: string, within_ms: number): Promise<void> {
  const { code } = await run.finished(within_ms);
  if (code === 0) return;
  let errors = "";
  try {
    errors = await Deno.readTextFile(`${dir}/${scenario}.errors`);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error; // it wrote none
  }
  throw new Error(`sipp ${scenario} ended with ${code}:\n${errors.slice(0, 3000)}\n${run.output.slice(-3000)}`);
}

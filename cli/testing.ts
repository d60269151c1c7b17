import { systemClock } from "../foundation/mod.ts";
import type { CliContext, RunningBox } from "./command.ts";
import { openForCommand, renewForCommand, restoreFrom } from "../store.ts";
import { runCommandLine } from "./dispatch.ts";

/** What a command line left behind. */
export interface Outcome {
  readonly code: number;
  readonly out: string[];
  readonly err: string[];
}

/** A command line over a real store, in this process. For tests only. */
export async function run(args: string[], more: Partial<CliContext> & { stdin?: string } = {}): Promise<Outcome> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCommandLine(args, {
    out: (line) => out.push(line),
    err: (line) => err.push(...line.split("\n")),
    environment: {},
    cwd: "/nowhere",
    clock: systemClock,
    version: "1.2.3",
    input: () => Promise.resolve(more.stdin ?? ""),
    store: {
      open: openForCommand,
      restore: restoreFrom,
      renewCertificate: renewForCommand,
    },
    start: (): Promise<RunningBox> => Promise.reject(new Error("no box in this test")),
    ...more,
  });
  return { code, out, err };
}

/** A folder of its own that goes with the test. */
export async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "parley-" });
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The command line: the only file that reads `Deno.args`. */
import { systemClock } from "./foundation/mod.ts";
import { type CliContext, runCommandLine } from "./cli/mod.ts";
import manifest from "./package.json" with { type: "json" };

const encoder = new TextEncoder();

/** Writes all of it now; a reader that went away is nobody's mistake. */
function writeLine(to: { writeSync(bytes: Uint8Array): number }, line: string): void {
  const bytes = encoder.encode(`${line}\n`);
  try {
    for (let at = 0; at < bytes.length;) at += to.writeSync(bytes.subarray(at));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

const NAMES = ["PARLEY_CONFIG", "PARLEY_DATA", "PARLEY_DOMAIN", "PARLEY_LOG", "PARLEY_PARENT", "PARLEY_PASSWORD"];

const context: CliContext = {
  out: (line) => writeLine(Deno.stdout, line),
  err: (line) => writeLine(Deno.stderr, line),
  environment: Object.fromEntries(NAMES.map((name) => [name, Deno.env.get(name)])),
  // The launcher passes it on: asking the system for it would need one more permission.
  cwd: Deno.env.get("PWD") ?? Deno.cwd(),
  clock: systemClock,
  version: manifest.version,
  input: () => new Response(Deno.stdin.readable).text(),
  // Loaded when needed: a command that talks to a running box starts without the store and the service.
  store: {
    open: async (config, log, version) => (await import("./store.ts")).openForCommand(config, log, version),
    renewCertificate: async (config, storage, log, use) =>
      (await import("./store.ts")).renewForCommand(config, storage, log, use),
    restore: async (config, path, options) => (await import("./store.ts")).restoreFrom(config, path, options),
  },
  start: async (request) => (await import("./appliance.ts")).startAppliance(request),
};

if (import.meta.main) Deno.exit(await runCommandLine(Deno.args, context));

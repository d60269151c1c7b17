import { LogWriter } from "../foundation/mod.ts";
import { type Config, type ConfigSource, dataFolder, readConfig } from "../config.ts";
import type { Arguments } from "./arguments.ts";
import type { CliContext } from "./command.ts";
import { connectControl } from "./control_client.ts";
import { DataBusyError, lockData } from "./data_lock.ts";
import type { Operations } from "../operations/mod.ts";

/** How long a command waits for another command on the same data. */
const PATIENCE_MS = 10_000;

/** The settings that a command line means. */
export function configOf(context: CliContext, args: Arguments): Config {
  return readConfig(sourceOf(context, args));
}

/** Log lines of a command: only what the admin must know. */
export function commandLog(context: CliContext): LogWriter {
  const write = (line: string) => context.err(line.trimEnd());
  return new LogWriter({ level: "warn", format: "pretty", clock: context.clock, write });
}

/**
 * Does `work` with the operations of the box that runs on the data folder, or, where none runs, with the store itself,
 * which no box can open meanwhile.
 */
export async function withOperations<T>(
  context: CliContext,
  args: Arguments,
  work: (operations: Operations) => Promise<T>,
): Promise<T> {
  const data = dataFolder(sourceOf(context, args));
  for (let patience = PATIENCE_MS;; patience -= 500) {
    const remote = await connectControl(data);
    if (remote !== null) {
      try {
        return await work(remote);
      } finally {
        remote.close();
      }
    }
    const config = configOf(context, args);
    let lock: { release(): void };
    try {
      lock = await lockData(data, 500);
    } catch (error) {
      // A box that is about to open its control door, or another command that is about to end.
      if (error instanceof DataBusyError && patience > 0) continue;
      throw error;
    }
    try {
      return await withStore(context, config, work);
    } finally {
      lock.release();
    }
  }
}

async function withStore<T>(
  context: CliContext,
  config: Config,
  work: (operations: Operations) => Promise<T>,
): Promise<T> {
  // Loaded here: a command that talks to a running box does without it.
  const { StoredOperations } = await import("../operations/stored/mod.ts");
  const log = commandLog(context);
  const storage = await context.store.open(config, log, context.version);
  try {
    const { data, domains } = config;
    const { clock, version } = context;
    const renewCertificate = (use: boolean) => context.store.renewCertificate(config, storage, log, use);
    return await work(
      new StoredOperations({ storage, clock, data, domains, version, actor: "cli", renewCertificate }),
    );
  } finally {
    await storage.close();
  }
}

export function sourceOf(context: CliContext, args: Arguments): ConfigSource {
  return {
    config: args.value("config"),
    data: args.value("data"),
    environment: context.environment,
    cwd: context.cwd,
    readText: (path) => {
      try {
        return Deno.readTextFileSync(path);
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return null;
        throw error;
      }
    },
  };
}

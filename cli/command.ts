import type { Clock, Log } from "../foundation/mod.ts";
import type { Config, Environment } from "../config.ts";
import type { ParleyStorage } from "../storage/mod.ts";
import type { Arguments, Flags } from "./arguments.ts";

/** The store as the command line reaches it while no box runs on it. */
export interface StoreAccess {
  open(config: Config, log: Log): Promise<ParleyStorage>;
  /** Puts a backup in the place of the database, which must be absent unless `force` is given. Says in a line what was done. */
  restore(config: Config, path: string, force: boolean): Promise<string>;
}

/** The box while it runs. */
export interface RunningBox {
  readonly ready: {
    readonly sip: readonly string[];
    readonly msrp: readonly string[];
    readonly web: readonly string[];
    readonly domain: string;
  };
  /** Drains and closes every door. */
  close(): Promise<void>;
}

/** What commands stand on; `main.ts` makes it of the process, a test of whatever it likes. */
export interface CliContext {
  /** One line on standard output. */
  out(line: string): void;
  /** One line on standard error. */
  err(line: string): void;
  readonly environment: Environment;
  readonly cwd: string;
  readonly clock: Clock;
  readonly version: string;
  /** All of standard input. */
  input(): Promise<string>;
  readonly store: StoreAccess;
  start(config: Config, log: Log): Promise<RunningBox>;
}

/** One command: what it is called, how it is used, what it does. The number is the exit code. */
export interface Command {
  /** `user add` */
  readonly name: string;
  /** What follows the name on the usage line, flags excepted. */
  readonly words: string;
  readonly summary: string;
  readonly flags: Flags;
  run(context: CliContext, args: Arguments): Promise<number>;
}

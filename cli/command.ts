import type { Clock, Log, LogRing, LogWriter } from "../foundation/mod.ts";
import type { CertificateMade } from "../operations/mod.ts";
import type { Config, ConfigSource, Environment, SettingsHandover } from "../config.ts";
import type { ParleyStorage } from "../storage/mod.ts";
import type { Arguments, Flags } from "./arguments.ts";

/** The store as the command line reaches it while no box runs on it. */
export interface StoreAccess {
  open(config: Config, log: Log, version: string): Promise<ParleyStorage>;
  /** Makes the box's own certificate anew; `use`: its doors will show it. Rejects with OperationError. */
  renewCertificate(config: Config, storage: ParleyStorage, log: Log, use: boolean): Promise<CertificateMade>;
  /**
   * Puts a backup in the place of the database, which must be absent unless `force` is given. `recoveryKey`: as typed; "" for
   * none. Says in a line what was done. Rejects with RangeError where that is no recovery key.
   */
  restore(config: Config, path: string, options: { force: boolean; recoveryKey: string }): Promise<string>;
}

/** What one life of the box leaves to the next in the same process. */
export interface Handover {
  /** Settings that wait for their confirmation, and why the box could not start with them. */
  readonly settings: SettingsHandover;
  /** A verified backup that takes the place of the store. */
  readonly restore: { readonly path: string; readonly recoveryKey: string } | null;
}

/** A new process. */
export const NO_HANDOVER: Handover = { settings: { candidate: null, failed: null }, restore: null };

/** Why and how the box wants to be started anew, in place. */
export interface Restart {
  readonly why: string;
  readonly handover: Handover;
}

/** All a box needs to start. */
export interface StartRequest {
  /** Settings of file and environment; the console's lie in the store. */
  readonly config: Config;
  readonly source: ConfigSource;
  readonly log: LogWriter;
  /** The last lines of the log. */
  readonly ring: LogRing;
  readonly handover: Handover;
}

/** The box while it runs. */
export interface RunningBox {
  readonly ready: {
    readonly sip: readonly string[];
    readonly msrp: readonly string[];
    readonly web: readonly string[];
    readonly domain: string;
  };
  /** A line for the console while the box has no admin yet: the link to set it up. "" else. */
  readonly setUpLink: string;
  /** Resolves when the box asks to be started anew. */
  readonly restart: Promise<Restart>;
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
  start(request: StartRequest): Promise<RunningBox>;
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

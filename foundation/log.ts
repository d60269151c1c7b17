/** Levels in rising order of weight. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** Facts beside the text. Never message text, never a secret; a URI or a Call-ID is fine. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Where a room writes what happened. Text is constant; what varies goes into fields. */
export interface Log {
  debug(text: string, fields?: LogFields): void;
  info(text: string, fields?: LogFields): void;
  warn(text: string, fields?: LogFields): void;
  error(text: string, fields?: LogFields): void;
  /** The same log under a component name, such as `sip` or `storage`. */
  child(component: string): Log;
}

/** A log that keeps nothing; for tests and tools. */
export const silentLog: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLog,
};

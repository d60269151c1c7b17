import type { Log, LogFields } from "../../foundation/mod.ts";

/** What goes wrong in the page, for whoever opens the browser's console. Never message text, never a secret. */
export const consoleLog: Log = {
  debug() {},
  info() {},
  warn: (text: string, fields?: LogFields) => console.warn(text, fields ?? {}),
  error: (text: string, fields?: LogFields) => console.error(text, fields ?? {}),
  child: () => consoleLog,
};

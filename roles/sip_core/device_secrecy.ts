import { EMPTY } from "../../foundation/mod.ts";
import type { HeadEditor, SipResponse } from "../../transport/sip/mod.ts";
import type { Exchange } from "./exchange.ts";

/** Requests that begin no dialog: nobody needs the address of the device that answers. */
const WITHOUT_DIALOG: ReadonlySet<string> = new Set(["OPTIONS", "MESSAGE", "INFO", "PUBLISH"]);

/**
 * Takes out of a device's answer what tells others where the device is: its Contact (RFC 3261 §11.2 allows one), and in an answer
 * to OPTIONS the session description, which names the same address. A Contact that says where to try instead stays (§8.1.3.4,
 * §21.4.22). Gives the body that goes on.
 */
export function withoutAddress(exchange: Exchange, response: SipResponse, editor: HeadEditor): Uint8Array {
  const { request: { method }, recipient, subscriber } = exchange;
  const { status, body } = response;
  const told = recipient !== null && recipient.aor !== subscriber?.aor && WITHOUT_DIALOG.has(method);
  if (!told || (status >= 300 && status < 400) || status === 485) return body;
  editor.remove("Contact");
  if (method !== "OPTIONS" || body.length === 0) return body;
  for (const name of ["Content-Type", "Content-Disposition", "Content-Encoding", "Content-Language"] as const) {
    editor.remove(name);
  }
  editor.set("Content-Length", "0");
  return EMPTY;
}

import type { DeferredMessage } from "../../../storage/mod.ts";
import { tryParseUri } from "../../../transport/sip/mod.ts";

/** Users that are the service itself. */
const OURSELVES: ReadonlySet<string> = new Set(["system", "deferred", "delete"]);

/**
 * True where nobody is to be told about the message: a program sent it (RFC 5436 §2.7.1), the service itself did, or its sender is
 * hidden or has no address to be told at (RFC 5438 §12.1.1).
 */
export function isAutomatic({ sender, headers }: DeferredMessage, domains: ReadonlySet<string>): boolean {
  const submitted = /(?:^|\n)Auto-Submitted[ \t]*:[ \t]*([^\s;]*)/i.exec(headers)?.[1];
  if (submitted !== undefined && submitted.toLowerCase() !== "no") return true;
  if (/@anonymous\.invalid>/i.test(headers.slice(0, headers.indexOf("\r\n")))) return true;
  const uri = tryParseUri(sender);
  if (uri === null || uri.user === "" || (uri.scheme !== "sip" && uri.scheme !== "sips")) return true;
  return OURSELVES.has(uri.user) && domains.has(uri.host);
}

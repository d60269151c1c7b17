import { tryParseUri } from "../../transport/sip/mod.ts";

/** A whole SIP URI; `alice@example.test` becomes one. Throws SyntaxError. */
export function addressOf(text: string): string {
  const uri = /^[^:]+@/.test(text) ? `sip:${text}` : text;
  const parsed = tryParseUri(uri);
  if (parsed !== null && parsed.user !== "" && (parsed.scheme === "sip" || parsed.scheme === "sips")) return uri;
  throw new SyntaxError(`who is ${JSON.stringify(text)}; allowed: a SIP URI such as sip:bob@example.test`);
}

/** What has to stand behind a command. Throws SyntaxError with how it is used. */
export function needed(rest: string, usage: string): string {
  if (rest === "") throw new SyntaxError(`something is missing: ${usage}`);
  return rest;
}

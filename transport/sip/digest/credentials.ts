import type { HeaderName } from "../header_names.ts";
import type { SipMessage } from "../sip_message.ts";
import { quote } from "../grammar.ts";
import { parseDigestParams } from "./digest_params.ts";

/** What a client sends in Authorization or Proxy-Authorization (RFC 7616 §3.4), quotes and escapes undone. */
export interface Credentials {
  /** Octets as characters. */
  readonly username: string;
  readonly realm: string;
  readonly nonce: string;
  readonly uri: string;
  /** Lower-case hexadecimal. */
  readonly response: string;
  /** As written; undefined when absent, which means MD5. */
  readonly algorithm: string | undefined;
  /** Lower-case; "" when absent (RFC 2069). */
  readonly qop: string;
  readonly cnonce: string;
  /** As written: it is part of what is hashed. "" when absent. */
  readonly nc: string;
  readonly opaque: string | undefined;
  /** The username is a hash (RFC 7616 §3.4.4); Parley never asks for that. */
  readonly userhash: boolean;
}

/**
 * Reads one Authorization value. Null for another scheme; SyntaxError for Digest that is malformed or lacks something. `uri`
 * stands for one that is absent, where the protocol has it elsewhere (RFC 4976 §9.1).
 */
export function parseCredentials(value: string, uri?: string): Credentials | null {
  const params = parseDigestParams(value);
  if (params === null) return null;
  const qop = params.get("qop")?.toLowerCase() ?? "";
  const nc = params.get("nc") ?? "";
  if (qop !== "") {
    if (!isCount(nc)) throw new SyntaxError("nc is not 8 hexadecimal digits");
    required(params, "cnonce");
  }
  return {
    username: usernameOf(params),
    realm: required(params, "realm"),
    nonce: required(params, "nonce"),
    uri: params.get("uri") ?? uri ?? required(params, "uri"),
    response: required(params, "response").toLowerCase(),
    algorithm: params.get("algorithm"),
    qop,
    cnonce: params.get("cnonce") ?? "",
    nc,
    opaque: params.get("opaque"),
    userhash: params.get("userhash")?.toLowerCase() === "true",
  };
}

/**
 * The credentials for a realm among all header lines of a message: a request may carry some for each realm on its way, and
 * one for each algorithm (RFC 3261 §22.3, RFC 8760 §2.4). The first that fits counts. Null when there is none; SyntaxError
 * when none fits and one could not be read.
 */
export function findCredentials(
  message: SipMessage,
  header: Extract<HeaderName, "Authorization" | "Proxy-Authorization">,
  realm: string,
): Credentials | null {
  if (!message.has(header)) return null;
  let problem: SyntaxError | null = null;
  for (const value of message.getAll(header)) {
    try {
      const credentials = parseCredentials(value);
      if (credentials !== null && credentials.realm === realm) return credentials;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      problem ??= error;
    }
  }
  if (problem !== null) throw problem;
  return null;
}

/** An Authorization value, quoted where RFC 7616 §3.4 wants quotes and nowhere else. */
export function credentialsText(credentials: Credentials): string {
  const { username, realm, nonce, uri, response, algorithm, qop, cnonce, nc, opaque } = credentials;
  let text = `Digest username=${quote(username)}, realm=${quote(realm)}, nonce=${quote(nonce)}, uri=${quote(uri)}`;
  text += `, response=${quote(response)}`;
  if (algorithm !== undefined) text += `, algorithm=${algorithm}`;
  if (qop !== "") text += `, qop=${qop}, nc=${nc}, cnonce=${quote(cnonce)}`;
  if (opaque !== undefined) text += `, opaque=${quote(opaque)}`;
  return text;
}

function required(params: ReadonlyMap<string, string>, name: string): string {
  const value = params.get(name);
  if (value === undefined) throw new SyntaxError(`${name} missing`);
  return value;
}

function isCount(nc: string): boolean {
  return /^[0-9a-f]{8}$/i.test(nc) && nc !== "00000000";
}

/** `username`, or `username*` in the notation of RFC 8187; both is an error (RFC 7616 §3.4). */
function usernameOf(params: ReadonlyMap<string, string>): string {
  const extended = params.get("username*");
  if (extended === undefined) return required(params, "username");
  if (params.has("username")) throw new SyntaxError("username and username* together");
  const match = /^UTF-8'[^']*'((?:[A-Za-z0-9!#$&+.^_`|~-]|%[0-9A-Fa-f]{2})*)$/i.exec(extended);
  if (match === null) throw new SyntaxError("username* is not UTF-8''text");
  return match[1].replace(/%([0-9A-Fa-f]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
}

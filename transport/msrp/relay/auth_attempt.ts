import { EMPTY } from "../../../foundation/mod.ts";
import { type Challenge, parseChallenge } from "../../sip/mod.ts";
import { type Connection, LOST, type ResponseUser } from "../connection.ts";
import { lastUri } from "../forward/path.ts";
import type { RequestHead } from "../frame.ts";
import { tryParseMsrpUri } from "../msrp_uri.ts";
import { headerLine, headerValues } from "./header_lines.ts";

/** Answers the challenges of a relay, one after the other. */
export interface RelayAnswerer {
  /**
   * WWW-Authenticate values and what they are about. The value of Authorization; null where there is no point: nothing can be
   * answered, or what was answered before is refused and not for its age. Text is one character an octet.
   */
  take(challenges: readonly string[], method: string, uri: string): string | null;
}

/** What a relay has granted. */
export interface AuthGrant {
  /** Use-Path as it came. */
  readonly usePath: readonly string[];
  /** Seconds that it is valid for. */
  readonly expires_s: number;
}

/** Whoever wants to know how it ended; told once. */
export interface AuthUser {
  onGranted(grant: AuthGrant): void;
  /** `status`: the relay's; LOST; 408. `refused`: the relay does not take the password. */
  onRefused(status: number, comment: string, refused: boolean): void;
}

/** One AUTH. */
export interface AuthWish {
  readonly connection: Connection;
  readonly toPath: string;
  /** Our own URI. */
  readonly fromPath: string;
  /** A fresh one for each run of requests: who challenges anew has not refused the password. */
  readonly answerer: () => RelayAnswerer;
  /** Where the relay offers several realms: the one to answer. "": any. */
  readonly realm: string;
  /** Asked for; 0: what the relay likes. */
  readonly expires_s: number;
}

/** Where a relay does not say how long its URI lives, though RFC 4976 §5.1 tells it to. */
const UNSAID_S = 300;
/** URIs in a Use-Path. */
const MOST_HOPS = 10;
/** Requests in one attempt: without and with credentials, a stale nonce, another interval. */
const MOST_REQUESTS = 6;

/** One AUTH with whatever it takes: credentials after a 401, another interval after a 423 (RFC 4976 §5.1, §6.3, §9.1). */
export class AuthAttempt implements ResponseUser {
  readonly #wish: AuthWish;
  #user: AuthUser | null;
  #answerer: RelayAnswerer;
  #expires_s: number;
  #authorization = "";
  #requests = 0;

  constructor(wish: AuthWish, user: AuthUser) {
    this.#wish = wish;
    this.#user = user;
    this.#answerer = wish.answerer();
    this.#expires_s = wish.expires_s;
    this.#send();
  }

  /** Its end is of no interest any more. */
  abandon(): void {
    this.#user = null;
  }

  onResponse(status: number, comment: string, _context: unknown, headers: string): void {
    if (this.#user === null) return;
    if (status === 200) this.#granted(headers);
    else if (status === 401) this.#challenged(comment, headers);
    else if (status === 423) this.#outOfBounds(comment, headers);
    else this.#refuse(status, comment);
  }

  #send(): void {
    const { connection, toPath, fromPath } = this.#wish;
    this.#requests++;
    let others = this.#authorization === "" ? "" : headerLine("Authorization", this.#authorization);
    if (this.#expires_s > 0) others += headerLine("Expires", this.#expires_s);
    const head: RequestHead = {
      method: "AUTH",
      toPath,
      fromPath,
      messageId: "",
      start: 1,
      end: -1,
      total: -1,
      successReport: false,
      failureReport: "yes",
      status: 0,
      statusText: "",
      contentType: "",
      others,
    };
    // Whoever began it has not got it in hand yet.
    if (!connection.send(head, EMPTY, "$", this)) queueMicrotask(() => this.#refuse(LOST, "the connection is closed"));
  }

  #granted(headers: string): void {
    const usePath = headerValues(headers, "Use-Path").join(" ").split(/[\s,]+/).filter((uri) => uri !== "");
    if (usePath.length === 0 || usePath.length > MOST_HOPS || usePath.some((uri) => tryParseMsrpUri(uri) === null)) {
      return this.#refuse(200, "the relay's Use-Path is not a list of MSRP URIs");
    }
    const said = headerValues(headers, "Expires")[0] ?? "";
    const expires_s = /^[0-9]{1,9}$/.test(said) ? Number(said) : this.#expires_s || UNSAID_S;
    this.#take()?.onGranted({ usePath, expires_s });
  }

  #challenged(comment: string, headers: string): void {
    if (this.#requests >= MOST_REQUESTS) return this.#refuse(401, comment);
    const challenges = this.#challenges(headers);
    // RFC 4976 §9.1: the URI that counts is the last one of To-Path.
    const answer = this.#answerer.take(challenges, "AUTH", lastUri(this.#wish.toPath));
    if (answer === null) return this.#refuse(401, comment, true);
    this.#authorization = challenges.every(hasOpaque) ? withoutUri(answer) : answer;
    this.#send();
  }

  /** Those of our realm, where it is among them. */
  #challenges(headers: string): readonly string[] {
    const values = headerValues(headers, "WWW-Authenticate");
    const { realm } = this.#wish;
    const ours = realm === "" ? [] : values.filter((value) => realmOf(value) === realm);
    return ours.length > 0 ? ours : values;
  }

  #outOfBounds(comment: string, headers: string): void {
    const bound = Number(headerValues(headers, "Min-Expires")[0] ?? headerValues(headers, "Max-Expires")[0] ?? 0);
    const next = Number.isSafeInteger(bound) && bound > 0 ? bound : 0;
    if (next === this.#expires_s || this.#requests >= MOST_REQUESTS) return this.#refuse(423, comment);
    this.#expires_s = next;
    // What was answered is used up: the relay asks for another answer.
    this.#authorization = "";
    this.#answerer = this.#wish.answerer();
    this.#send();
  }

  #refuse(status: number, comment: string, refused = false): void {
    this.#take()?.onRefused(status, comment, refused);
  }

  #take(): AuthUser | null {
    const user = this.#user;
    this.#user = null;
    return user;
  }
}

/**
 * RFC 4976 §7 has no `uri` among the credentials, and AG Projects' relay fails on one; kamailio's wants one, as HTTP does. The
 * first sends `opaque` in its challenge, the other does not; OpenSIPS and Parley, which send it too, are content with either.
 */
function hasOpaque(value: string): boolean {
  return readable(value)?.opaque !== undefined;
}

function withoutUri(credentials: string): string {
  return credentials.replace(/, *uri="[^"]*"/, "");
}

function realmOf(value: string): string | null {
  return readable(value)?.realm ?? null;
}

/** Null for what cannot be read: it is for the answerer to ignore. */
function readable(value: string): Challenge | null {
  try {
    return parseChallenge(value);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

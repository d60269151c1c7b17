/** The operations of the bench, as pure functions of a running number. */
import { EMPTY } from "../../foundation/mod.ts";
import { passwordOf } from "../support/parley.ts";
import { CHAT, type LoadRequest, type Operation } from "./load_client.ts";

export const DOMAIN = "example.test";
/** Users a0 … send, b0 … receive, o0 … are offline, n0 … register for the first time. */
export const PAIRS = 200;
export const OFFLINE = 500;

const CHAT_LINES = "Content-Type: text/plain;charset=UTF-8\r\n";

function message(from: string, to: string, callId: string, cseq: number, password: string): LoadRequest {
  const uri = `sip:${to}@${DOMAIN}`;
  return {
    method: "MESSAGE",
    uri,
    from: `<sip:${from}@${DOMAIN}>`,
    to: `<${uri}>`,
    callId,
    cseq,
    lines: CHAT_LINES,
    body: CHAT,
    password,
  };
}

function register(user: string, contactHost: string, callId: string, cseq: number, password: string): LoadRequest {
  const aor = `sip:${user}@${DOMAIN}`;
  return {
    method: "REGISTER",
    uri: `sip:${DOMAIN}`,
    from: `<${aor}>`,
    to: `<${aor}>`,
    callId,
    cseq,
    lines: `Contact: <sip:${user}@${contactHost}>\r\nExpires: 3600\r\n`,
    body: EMPTY,
    password,
  };
}

/** MESSAGE from one online user to another. */
export function relay(run: string, digest: boolean): Operation {
  return {
    name: digest ? "MESSAGE with digest (two requests)" : "MESSAGE relay",
    expects: 200,
    request: (n) => {
      const from = `a${n % PAIRS}`;
      return message(from, `b${n % PAIRS}`, `${run}-${n}`, 1, digest ? passwordOf(from) : "");
    },
  };
}

/** REGISTER of users by a letter: the first round binds, later ones refresh (same Call-ID, rising CSeq). */
export function registration(
  name: string,
  letter: string,
  users: number,
  contactHost: string,
  digest: boolean,
  cseqFrom: number,
): Operation {
  return {
    name,
    expects: 200,
    request: (n) => {
      const user = `${letter}${n % users}`;
      return register(
        user,
        contactHost,
        `register-${user}`,
        cseqFrom + 3 * Math.floor(n / users),
        digest ? passwordOf(user) : "",
      );
    },
  };
}

/** MESSAGE to somebody who is away. */
export function store(run: string): Operation {
  return {
    name: "durable store, answered 202",
    expects: 202,
    request: (n) => message(`a${n % PAIRS}`, `o${n % OFFLINE}`, `${run}-${n}`, 1, ""),
  };
}

/** REGISTER that removes every contact of the users by a letter. */
export function clearing(letter: string, users: number, digest: boolean, cseq: number): Operation {
  return {
    name: "clear",
    expects: 200,
    request: (n) => {
      const user = `${letter}${n % users}`;
      const request = register(user, "127.0.0.1", `register-${user}`, cseq, digest ? passwordOf(user) : "");
      return { ...request, lines: "Contact: *\r\nExpires: 0\r\n" };
    },
  };
}

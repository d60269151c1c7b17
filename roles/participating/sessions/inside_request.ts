import { EMPTY } from "../../../foundation/mod.ts";
import {
  type Call,
  type HeaderName,
  headerName,
  ID,
  responseHead,
  type ServerTransaction,
  type SipMessage,
  statusAcross,
} from "../../../transport/sip/mod.ts";
import { isForServers, isOfOneLeg } from "./invitation_head.ts";

/** Requests inside a session that are between its parties. */
const BETWEEN_PARTIES: ReadonlySet<string> = new Set(["INFO", "MESSAGE", "REFER", "NOTIFY", "OPTIONS"]);

/** Identities are told at the set-up; inside the dialog nobody can add another. */
const IDENTITIES: ReadonlySet<number> = new Set([ID["P-Asserted-Identity"], ID.Privacy]);

/** Passes a request inside one party's dialog on to the other, and the answer back. Null: there is no other yet. */
export function passInside(transaction: ServerTransaction, to: Call | null): void {
  const { request } = transaction;
  if (!BETWEEN_PARTIES.has(request.method)) {
    return answer(transaction, 405, [["Allow", [...BETWEEN_PARTIES].join(", ")]]);
  }
  // 481 would end the dialog that it came in (RFC 3261 §12.2.1.2).
  if (to === null || to.state === "inviting") return answer(transaction, 480, []);
  if (to.state === "ended") return answer(transaction, 481, []);
  if (to.allowed.size > 0 && !to.allowed.has(request.method)) {
    return answer(transaction, 405, [["Allow", [...to.allowed].join(", ")]]);
  }
  to.send(request.method, { headers: between(request), description: bodyOf(request) }, (response) => {
    if (response === null) return answer(transaction, 408, []);
    const status = statusAcross(response.status);
    if (status !== response.status) return answer(transaction, status, []);
    const body = bodyOf(response);
    const head = responseHead(request, status, {
      reason: response.reason,
      headers: between(response),
      contentType: body?.contentType,
      body: body?.body,
    });
    transaction.respond(status, head, body?.body ?? EMPTY);
  });
}

function answer(
  transaction: ServerTransaction,
  status: number,
  headers: readonly (readonly [HeaderName, string])[],
): void {
  // RFC 4320: no 408 to anything but INVITE.
  const sent = status === 408 ? 500 : status;
  transaction.respond(sent, responseHead(transaction.request, sent, { headers }), EMPTY);
}

function between(message: SipMessage): (readonly [HeaderName, string])[] {
  const headers: (readonly [HeaderName, string])[] = [];
  for (let i = 0; i < message.lines; i++) {
    const id = message.ids[i];
    if (isOfOneLeg(id) || IDENTITIES.has(id) || isForServers(id)) continue;
    headers.push([(id === 0 ? message.nameAt(i) : headerName(id)) as HeaderName, message.valueAt(i)]);
  }
  return headers;
}

function bodyOf(message: SipMessage): { readonly contentType: string; readonly body: Uint8Array } | null {
  if (message.body.length === 0) return null;
  return { contentType: message.get("Content-Type") ?? "application/octet-stream", body: message.body };
}

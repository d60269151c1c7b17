import { EMPTY, randomToken } from "../foundation/mod.ts";
import {
  type Calls,
  type Flow,
  responseHead,
  type ResponseParts,
  type ServerTransaction,
  type SipResponse,
  type TransactionUser,
} from "../transport/sip/mod.ts";

/** What a client does with requests that belong to no call. Methods return at once. */
export interface LineUser {
  /** A MESSAGE; `answer` once. */
  onMessage(transaction: ServerTransaction, answer: (status: number, parts?: ResponseParts) => void): void;
  /** An INVITE outside of any call. */
  onInvite(transaction: ServerTransaction): void;
  /** Anything else (NOTIFY …); false: not known, it gets 405 or 481. */
  onOther(transaction: ServerTransaction): boolean;
}

/** Methods a client of ours takes. */
export const CLIENT_ALLOW = "INVITE, ACK, CANCEL, BYE, MESSAGE, OPTIONS, UPDATE, PRACK, INFO, REFER, NOTIFY";

/** The user of a client's transaction layer: tells requests of calls, messages and invitations apart. */
export class SipLine implements TransactionUser {
  readonly #calls: Calls;
  readonly #user: LineUser;
  /** Responses that belong to nothing of ours. */
  strays = 0;

  constructor(calls: Calls, user: LineUser) {
    this.#calls = calls;
    this.#user = user;
  }

  onRequest(transaction: ServerTransaction): void {
    const { request } = transaction;
    if (this.#calls.owns(request)) return this.#calls.handle(transaction);
    switch (request.method) {
      case "ACK":
        return;
      case "CANCEL":
        return reply(transaction, 481);
      case "INVITE":
        return this.#user.onInvite(transaction);
      case "MESSAGE":
        return this.#user.onMessage(transaction, (status, parts) => reply(transaction, status, parts));
      case "OPTIONS":
        return reply(transaction, 200, { headers: [["Allow", CLIENT_ALLOW], ["Accept", "*/*"]] });
      default:
        if (this.#user.onOther(transaction)) return;
        if (request.to.tag !== "") reply(transaction, 481);
        else reply(transaction, 405, { headers: [["Allow", CLIENT_ALLOW]] });
    }
  }

  onStrayResponse(_response: SipResponse, _flow: Flow): void {
    this.strays++;
  }
}

/** Answers, with a To tag. */
export function reply(transaction: ServerTransaction, status: number, parts: ResponseParts = {}): void {
  const head = responseHead(transaction.request, status, { toTag: randomToken(10), ...parts });
  transaction.respond(status, head, parts.body ?? EMPTY);
}

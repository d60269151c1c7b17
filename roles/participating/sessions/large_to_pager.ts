import { randomToken, type Timed, type Timer } from "../../../foundation/mod.ts";
import type { MsrpNode } from "../../../transport/msrp/mod.ts";
import { type IncomingMessage, LATER, MsrpSession, type SessionUser } from "../../../transport/msrp/session/mod.ts";
import { cpimContentType, mediaType, sends, tryParseCpim } from "../../../transport/payload/mod.ts";
import {
  type Call,
  type CallUser,
  type Description,
  headerName,
  ID,
  parseMessage,
  SipRequest,
} from "../../../transport/sip/mod.ts";
import { messageLines } from "../../deferred/mod.ts";
import { Exchange, type Handler, InnerTransaction } from "../../sip_core/mod.ts";
import {
  endPointAnswer,
  ourSetup,
  type OwnSide,
  ownSide,
  peerOf,
  type SessionBody,
  type SessionFallback,
  transportOf,
  type Untaken,
} from "../../session_media/mod.ts";
import type { PagerSettings } from "../pager_settings.ts";
import type { SessionDeps } from "./session_deps.ts";

export interface LargeToPagerParts {
  readonly deps: Pick<SessionDeps, "services" | "settings" | "hostFor" | "ownFingerprint" | "recorder">;
  readonly node: MsrpNode;
  readonly pager: PagerSettings;
  /** Delivers a MESSAGE to a user of ours: the terminating participating function, with the proxy behind it. */
  readonly deliver: Handler;
}

/** Answers of devices that know MESSAGE, but no sessions. */
const NO_SESSIONS: ReadonlySet<number> = new Set([405, 406, 415, 488, 501, 606]);

/**
 * A short large message for a client that speaks only MESSAGE: the box takes it over MSRP, no longer than a MESSAGE may be, and
 * delivers it as one. The sender's report says what became of that.
 */
export class LargeToPager implements SessionFallback {
  readonly #parts: LargeToPagerParts;

  constructor(parts: LargeToPagerParts) {
    this.#parts = parts;
  }

  take(call: Call, untaken: Untaken): boolean {
    const { recipient, kind, body, status, exchange } = untaken;
    if (
      recipient === null || kind !== "large" || body === null || !NO_SESSIONS.has(status) ||
      !sends(body.media.direction)
    ) return false;
    const transport = transportOf(body.media);
    const own = transport === null
      ? null
      : ownSide(this.#parts.node, transport, this.#parts.deps.hostFor(exchange.flow));
    if (own === null) return false;
    try {
      new ShortMessage(this.#parts, call, untaken, body, own).start();
      return true;
    } catch (error) {
      // The MSRP node has no room for more.
      if (error instanceof RangeError) return false;
      throw error;
    }
  }
}

/** The sender has so long to send its one message. */
const WAIT_MS = 60_000;

/** One message on its way from MSRP to MESSAGE. */
class ShortMessage implements CallUser, SessionUser, Timed {
  readonly #parts: LargeToPagerParts;
  readonly #call: Call;
  readonly #untaken: Untaken;
  readonly #body: SessionBody;
  readonly #own: OwnSide;
  readonly #session: MsrpSession;
  #timer: Timer | null = null;
  #came = false;

  constructor(parts: LargeToPagerParts, call: Call, untaken: Untaken, body: SessionBody, own: OwnSide) {
    this.#parts = parts;
    this.#call = call;
    this.#untaken = untaken;
    this.#body = body;
    this.#own = own;
    const { clock, timers } = parts.deps.services;
    const limit = parts.pager.limit_bytes;
    this.#session = new MsrpSession({
      node: parts.node,
      sessionId: own.sessionId,
      uri: own.uri,
      acceptTypes: this.#types(),
      user: this,
      clock,
      timers,
      limits: { maxSize: limit, whole: limit },
    });
  }

  start(): void {
    const { media } = this.#body;
    this.#call.user = this;
    this.#timer = this.#parts.deps.services.timers.start(WAIT_MS, this, 0);
    this.#call.accept({ description: this.#answer() });
    this.#session.start(ourSetup(media.setup), peerOf(media));
  }

  onMessage(message: IncomingMessage): number {
    if (this.#came) return 403;
    // A wrapper is for clients that know it.
    const cpim = mediaType(message.contentType) === "message/cpim" ? tryParseCpim(message.body) : null;
    const type = cpim === null ? message.contentType : cpimContentType(cpim);
    this.#came = true;
    // From now on it is the delivery that has its time.
    this.#timer?.stop();
    const { recorder } = this.#parts.deps;
    const { messageId, contentType } = message;
    const headers = recorder ? messageLines(message) : "";
    const said = recorder ? message.body.slice() : null;
    this.#deliver(type, (cpim === null ? message.body : cpim.body).slice(), (status) => {
      const report = () => {
        message.report(status < 300 ? 200 : status === 415 || status === 413 || status === 403 ? status : 408);
        this.#call.end();
      };
      if (said === null || status >= 300) report();
      else recorder!.single({ untaken: this.#untaken, messageId, contentType, headers, body: said }, report);
    });
    return LATER;
  }

  onClosed(): void {
    if (!this.#came && this.#call.state !== "ended") this.#call.end();
  }

  onEnded(): void {
    this.#timer?.stop();
    this.#session.close("session over");
  }

  onTimer(): void {
    if (this.#call.state !== "ended") this.#call.end('SIP;cause=408;text="no message came"');
  }

  #types(): string[] {
    const types = this.#parts.pager.types.map(({ type }) => type === "*/*" ? "*" : type);
    return types.includes("*") ? types : [...types, "message/cpim"];
  }

  #answer(): Description {
    return endPointAnswer(this.#body, this.#own, {
      acceptTypes: this.#types(),
      maxSize: this.#parts.pager.limit_bytes,
      direction: "recvonly",
      fingerprint: this.#parts.deps.ownFingerprint(),
    }).description;
  }

  /** As if the sender had sent a MESSAGE: what the INVITE said of it goes along. */
  #deliver(contentType: string, body: Uint8Array, done: (status: number) => void): void {
    const from = this.#untaken.exchange;
    const { request } = from;
    const aor = this.#untaken.to;
    const { transactions } = this.#parts.deps.services;
    const via = transactions.viaFor(from.flow, transactions.newBranch());
    let head = `MESSAGE ${aor} SIP/2.0\r\nVia: ${via}\r\nMax-Forwards: 70\r\nFrom: ${request.get("From")}\r\n` +
      `To: <${aor}>\r\nCall-ID: ${randomToken(24)}\r\nCSeq: 1 MESSAGE\r\n`;
    for (const id of CARRIED) {
      for (const value of request.getAll(id)) head += `${headerName(id)}: ${value}\r\n`;
    }
    head += `Content-Type: ${contentType.replace(/[\r\n]/g, " ")}\r\nContent-Length: ${body.length}\r\n\r\n`;
    const message = parseMessage(head, body);
    if (!(message instanceof SipRequest)) throw new TypeError("a MESSAGE of ours is no request");
    const exchange = new Exchange(new InnerTransaction(message, from.flow, done));
    exchange.identity = from.identity;
    exchange.subscriber = from.subscriber;
    exchange.trusted = from.trusted;
    exchange.ours = true;
    exchange.recipient = this.#untaken.recipient;
    exchange.device = from.device;
    exchange.storable = from.storable;
    this.#parts.deliver(exchange);
  }
}

const CARRIED = [ID.Subject, ID.Privacy, ID["P-Asserted-Identity"], ID["Conversation-ID"], ID.Expires] as const;

import type { Clock } from "../../foundation/mod.ts";
import { StorageError, type Subscriber } from "../../storage/mod.ts";
import { tryParseUri } from "../../transport/sip/mod.ts";
import { NOT_AUTHORISED, refusal } from "../participating/mod.ts";
import { addressOf, type Element, type Exchange, type Row, serviceState } from "../sip_core/mod.ts";
import { ANSWER_TYPES, answerIn } from "./answer_body.ts";
import type { AnswerOutcome, Given, Shown } from "./answers.ts";
import { SYSTEM_USER } from "./system_message.ts";

export interface AnswerElementParts {
  /** Who speaks in Warnings: our first domain. */
  readonly host: string;
  readonly clock: Clock;
  /** Takes an answer of a user; after its commit. Rejects with StorageError, or with a fault of ours. */
  readonly answer: (aor: string, given: Given) => Promise<AnswerOutcome>;
  /** A device of a user tells what was seen, by Message-ID; after its commit. Rejects as `answer`. */
  readonly seen: (aor: string, messageIds: readonly string[]) => Promise<void>;
  /** A fault of ours. */
  readonly failed: (error: unknown) => void;
}

/** To be put before "subscribe": by then a request is authenticated, and what is for users has not been looked at. */
export function systemRow(parts: AnswerElementParts): Row {
  return { name: "system messages", element: systemElement(parts) };
}

/** `sip:system@` every domain served: users of ours answer there what the service asks (oma-reference §3.7). */
export function systemElement(parts: AnswerElementParts): Element {
  return (next) => (exchange) => {
    const { request: { method, to }, subscriber } = exchange;
    if (!exchange.ours || exchange.routes.length > 0 || (to.tag !== "" && method !== "MESSAGE")) return next(exchange);
    const uri = tryParseUri(exchange.target);
    // Escapes undone: `%73ystem` is the same name (RFC 3261 §19.1.4).
    if (uri === null || addressOf(uri).user !== SYSTEM_USER) return next(exchange);
    if (method !== "MESSAGE") {
      return exchange.reply(method === "OPTIONS" ? 200 : 405, { headers: [["Allow", "MESSAGE, OPTIONS"]] });
    }
    if (subscriber === null || serviceState(subscriber, parts.clock) !== "active") {
      return exchange.reply(403, refusal(parts.host, "Only users of this service answer it", NOT_AUTHORISED));
    }
    take(exchange, subscriber, parts).catch((error: unknown) => {
      if (error instanceof StorageError) {
        return exchange.reply(503, { reason: "The Store Does Not Answer", headers: [["Retry-After", "30"]] });
      }
      parts.failed(error);
      if (!exchange.transaction.answered) exchange.reply(500);
    });
  };
}

async function take(exchange: Exchange, { aor }: Subscriber, parts: AnswerElementParts): Promise<void> {
  const { answer, seen, host } = parts;
  const given = givenIn(exchange);
  if (given === null) return;
  if (given.kind === "shown") {
    await seen(aor, given.messageIds);
    return exchange.reply(200);
  }
  const outcome = await answer(aor, given);
  switch (outcome.kind) {
    case "taken":
      return exchange.reply(200);
    case "unknown":
      return exchange.reply(404, { reason: "No such system message waits for your answer" });
    case "over":
      return exchange.reply(403, refusal(host, OVER[outcome.why], NOT_AUTHORISED, OVER[outcome.why].toLowerCase()));
    case "no-option": {
      const allowed = outcome.options.map(({ id }, i) => id === String(i + 1) ? id : `${i + 1} (${id})`).join(", ");
      return exchange.reply(400, { reason: `There is no such option; allowed: ${allowed}` });
    }
  }
}

const OVER = {
  timeout: "The time to answer this system message is over",
  ended: "This system message is over",
  answered: "This system message has been answered otherwise",
} as const;

/** Null where the request is answered already. */
function givenIn(exchange: Exchange): Given | Shown | null {
  const { request } = exchange;
  const required = request.list("Require");
  if (required.length > 0) {
    exchange.reply(420, { headers: [["Unsupported", required.join(", ")]] });
    return null;
  }
  const coding = request.get("Content-Encoding");
  if (coding !== undefined && coding.toLowerCase() !== "identity") {
    exchange.reply(415, { headers: [["Accept-Encoding", "identity"]] });
    return null;
  }
  try {
    const given = answerIn({
      contentType: request.get("Content-Type") ?? "",
      disposition: request.get("Content-Disposition") ?? "",
      body: request.body,
      replyTo: request.list("In-Reply-To"),
      request: `${request.callId} ${request.cseq.number}`,
    });
    if (typeof given !== "string") return given;
    if (given === "notice") exchange.reply(200);
    else exchange.reply(415, { headers: [["Accept", ANSWER_TYPES]] });
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    exchange.reply(400, { reason: reasonOf(error) });
  }
  return null;
}

/** As a reason phrase carries it: what was sent is not sent back with control characters or in another script. */
function reasonOf({ message }: SyntaxError): string {
  return `Not an answer: ${message.replace(/[^\x20-\x7e]/g, "?").slice(0, 200)}`;
}

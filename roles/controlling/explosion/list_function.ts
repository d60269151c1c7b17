import { type Clock, type Events, type Log, randomHex } from "../../../foundation/mod.ts";
import type { SipRequest } from "../../../transport/sip/mod.ts";
import { addressOfText, type Element, Exchange, type Handler } from "../../sip_core/mod.ts";
import type { GroupPolicies, RoomRefusal, RoomSettings } from "../policy/terms.ts";
import { exploderUri } from "../service_uris.ts";
import type { Exploder } from "./exploder.ts";
import type { ExplosionEvents } from "./explosion_events.ts";
import { carriedHeaders, senderValue } from "./carried_headers.ts";
import { callerOf, refusalOf } from "./group_sender.ts";
import { type ListJob, octetsOf } from "./list_job.ts";
import { LIST_REFUSALS } from "./list_refusals.ts";
import { type ListRequest, readListRequest } from "./list_request.ts";
import { isNested } from "./nested.ts";
import { RewrittenTransaction } from "./rewritten_transaction.ts";

/** What messages to many stand on where they come in. */
export interface ListFunctionParts {
  readonly exploder: Exploder;
  readonly policies: GroupPolicies;
  /** Live. */
  readonly settings: Pick<RoomSettings, "list_size">;
  /** How long copies are worth sending where the sender does not say (RFC 3428 §10), seconds; live. */
  readonly deferral: { readonly default_s: number; readonly max_s: number };
  readonly events: Pick<Events<ExplosionEvents>, "heard" | "emit">;
  readonly clock: Clock;
  readonly log: Log;
  /** Our first domain: that of the exploder, and who speaks in Warnings. */
  readonly host: string;
}

/** Messages by MESSAGE to a list that they bring (RFC 5365), or to a group. */
export class ListFunction {
  readonly #parts: ListFunctionParts;
  readonly #uri: string;
  /** Requests whose list has been taken off, on their way down the rows. */
  readonly #lists = new WeakMap<Exchange, ListRequest>();

  constructor(parts: ListFunctionParts) {
    this.#parts = parts;
    this.#uri = exploderUri(parts.host);
  }

  /** In front of the rules for content: they are for what is sent, not for the list that comes with it. */
  readonly listElement: Element = (next) => (exchange) => {
    const { request } = exchange;
    if (request.method !== "MESSAGE" || !exchange.ours || addressOfText(exchange.target).aor !== this.#uri) {
      return next(exchange);
    }
    const unknown = request.list("Require").filter((tag) => tag.toLowerCase() !== "recipient-list-message");
    if (unknown.length > 0) return exchange.reply(420, { headers: [["Unsupported", unknown.join(", ")]] });
    if (isNested(request)) return this.#refuse(exchange, LIST_REFUSALS.nested);
    const list = readListRequest(request, this.#parts.settings.list_size);
    if ("status" in list) return this.#refuse(exchange, list);
    this.#goOn(exchange, list, next);
  };

  /** Behind the rules for content and for senders, in front of the target class. */
  readonly element: Element = (next) => (exchange) => {
    if (exchange.request.method !== "MESSAGE" || !exchange.ours) return next(exchange);
    const list = this.#lists.get(exchange);
    if (list !== undefined) return this.#explode(exchange, list.recipients, list.history, true);
    const { aor } = addressOfText(exchange.target);
    if (!this.#parts.policies.isGroup(aor)) return next(exchange);
    if (isNested(exchange.request)) return this.#refuse(exchange, LIST_REFUSALS.nested);
    this.#toGroup(exchange, aor);
  };

  /** The same message without the list: what answers it answers the sender. */
  #goOn(exchange: Exchange, list: ListRequest, next: Handler): void {
    const inner = new Exchange(new RewrittenTransaction(exchange.transaction, list.request));
    inner.trusted = exchange.trusted;
    inner.identity = exchange.identity;
    inner.subscriber = exchange.subscriber;
    inner.originating = exchange.originating;
    inner.ownRoutes = exchange.ownRoutes;
    inner.target = exchange.target;
    inner.routes = exchange.routes;
    inner.ours = exchange.ours;
    this.#lists.set(inner, list);
    next(inner);
  }

  #toGroup(exchange: Exchange, group: string): void {
    const { policies } = this.#parts;
    const caller = callerOf(exchange);
    policies.policyOf(group).then((policy) => {
      if ("status" in policy) return this.#refuse(exchange, policy);
      const refusal = caller === null ? null : refusalOf(policy, caller);
      if (refusal !== null) return this.#refuse(exchange, refusal);
      const members = policy.members.filter((aor) => aor !== caller?.aor);
      this.#explode(exchange, members, null, false);
    }, () => this.#unavailable(exchange)).catch((error: unknown) => {
      this.#parts.log.error("a message to a group failed behind its document", {
        error: error instanceof Error ? error.stack ?? error.message : String(error),
      });
      if (!exchange.transaction.answered) exchange.reply(500);
    });
  }

  #explode(exchange: Exchange, recipients: readonly string[], history: string | null, named: boolean): void {
    const { exploder, events } = this.#parts;
    const { identity, request } = exchange;
    if (identity === null) {
      return this.#refuse(exchange, LIST_REFUSALS.unknown);
    }
    if (recipients.length === 0) return this.#refuse(exchange, LIST_REFUSALS.nobody);
    const job = this.#jobOf(exchange, identity, recipients, history, named);
    // A retransmission from before a restart: the same answer, and no second copies.
    if (exploder.knows(job.transaction)) return exchange.reply(202);
    if (!exploder.hasRoom(identity.aor, recipients.length, octetsOf(job))) {
      exchange.reply(503, { reason: "Too many messages to lists are under way", headers: [["Retry-After", "30"]] });
      return;
    }
    const octets = request.body.length;
    exploder.accept(job, (error) => {
      if (error !== null) return this.#unavailable(exchange);
      exchange.reply(202);
      if (events.heard("listAccepted")) {
        const { target, at } = job;
        events.emit("listAccepted", { sender: identity.aor, target, recipients: recipients.length, octets, at });
      }
    });
  }

  #jobOf(
    exchange: Exchange,
    { aor, displayName, number }: NonNullable<Exchange["identity"]>,
    recipients: readonly string[],
    history: string | null,
    named: boolean,
  ): ListJob {
    const { deferral, clock } = this.#parts;
    const { request } = exchange;
    const at = clock.now();
    const said = request.get("Expires") ?? "";
    const lifetime_s = /^[0-9]{1,10}$/.test(said) ? Math.min(Number(said), deferral.max_s) : deferral.default_s;
    return {
      id: randomHex(16),
      transaction: `${aor}\n${request.callId}\n${request.from.tag}\n${request.cseq.number}`,
      sender: { aor, displayName, number },
      target: addressOfText(exchange.target).aor,
      headers: carriedHeaders(request, at),
      from: senderValue(request),
      contentType: request.get("Content-Type") ?? "text/plain",
      body: request.body.toBase64(),
      recipients,
      named,
      history,
      hops: hopsOf(request),
      at,
      expiresAt: at + Math.max(lifetime_s, 1) * 1000,
    };
  }

  #refuse(exchange: Exchange, { status, reason, warning }: RoomRefusal): void {
    const headers = warning === "" ? [] : [["Warning", `399 ${this.#parts.host} "${warning}"`] as const];
    exchange.reply(status, { reason, headers });
  }

  #unavailable(exchange: Exchange): void {
    exchange.reply(503, { reason: "The service cannot take it at present", headers: [["Retry-After", "60"]] });
  }
}

/** What is left for a copy: Max-Forwards is above 0 here, 70 where it is missing (RFC 3261 §16.6). */
function hopsOf(request: SipRequest): number {
  const said = request.get("Max-Forwards") ?? "";
  return Math.max(0, (/^[0-9]{1,3}$/.test(said) ? Math.min(Number(said), 70) : 70) - 1);
}

import { detached } from "../../../foundation/mod.ts";
import { type CallUser, hostText, parseMessage, SipRequest } from "../../../transport/sip/mod.ts";
import { mayDefer, partiesOf, type StoredParties } from "../../deferred/mod.ts";
import { isAnonymous } from "../../participating/mod.ts";
import { LARGE_CONTACT, namesLargeMode, type SessionBody } from "../../session_media/mod.ts";
import { addressOfText, type Element, Exchange, InnerTransaction, NO_WIRE } from "../../sip_core/mod.ts";
import type { GroupPolicy, RoomRefusal } from "../policy/terms.ts";
import { whenRead } from "../focus/waited.ts";
import { exploderUri } from "../service_uris.ts";
import { carriedHeaders, senderValue } from "./carried_headers.ts";
import { callerOf, refusalOf } from "./group_sender.ts";
import { LargeCopies } from "./large_copies.ts";
import type { LargeDeps } from "./large_deps.ts";
import { LargeJobs } from "./large_jobs.ts";
import { type LargeList, listOf, offerOf } from "./large_request.ts";
import { LIST_REFUSALS } from "./list_refusals.ts";
import { isNested } from "./nested.ts";

const LIST_INVITE = "recipient-list-invite";
/** Option tags that an INVITE for us may require; the calls know the rest of them. */
const KNOWN: ReadonlySet<string> = new Set(["100rel", "timer", "pref", "privacy"]);
/** Until the intake makes itself the user of a call. */
const NOBODY_YET: CallUser = { onEnded() {} };

/**
 * Large messages (Large Message Mode: one message in an MSRP session) to a list that the INVITE brings (RFC 5366), or to a group
 * (oma-reference §3.3.8): the box takes the message as the end of the session, and makes copies.
 */
export class LargeFunction {
  readonly #deps: LargeDeps;
  /** Shared with files for rooms. */
  readonly jobs: LargeJobs;
  readonly #exploder: string;

  constructor(deps: LargeDeps) {
    this.#deps = deps;
    this.jobs = new LargeJobs(deps);
    this.#exploder = exploderUri(deps.host);
  }

  /** In front of the rooms: what is for a group here is no coming into its room. */
  readonly element: Element = (next) => (exchange) => {
    const { request, routes, routeFlow, target, ours } = exchange;
    if (request.method !== "INVITE" || routes.length > 0 || routeFlow !== null || !namesLargeMode(request)) {
      return next(exchange);
    }
    const { aor } = addressOfText(target);
    const isList = ours && aor === this.#exploder;
    if (!isList && !this.#deps.policies.isGroup(aor)) return next(exchange);
    // In a dialog that is no longer known: its calls would have taken it.
    if (request.to.tag !== "") return exchange.reply(481);
    this.#arrive(exchange, aor, isList);
  };

  /** Goes on with what a restart cut off. */
  start(): void {
    this.jobs.start();
  }

  stop(): void {
    this.jobs.stop();
  }

  #arrive(exchange: Exchange, target: string, isList: boolean): void {
    const { senders, settings, services, policies } = this.#deps;
    const { request } = exchange;
    const caller = callerOf(exchange);
    if (caller === null) return this.#refuse(exchange, LIST_REFUSALS.unknown);
    const sender = senders.senderRefusal(exchange);
    if (sender !== null) return exchange.reply(sender.status, { reason: sender.reason, headers: sender.headers });
    const unknown = request.list("Require").filter((tag) => !isKnown(tag.toLowerCase(), isList));
    if (unknown.length > 0) return exchange.reply(420, { headers: [["Unsupported", unknown.join(", ")]] });
    if (isNested(request) || isFocus(request)) return this.#refuse(exchange, LIST_REFUSALS.nested);
    // Now: the octets of the body are there no longer when something has been read.
    const offer = offerOf(request);
    if ("status" in offer) return this.#refuse(exchange, offer);
    if (isList) {
      const list = listOf(request, settings.list_size);
      return "status" in list ? this.#refuse(exchange, list) : this.#begin(exchange, target, offer, list, true);
    }
    whenRead({ services }, exchange, policies.policyOf(target), (policy: GroupPolicy | RoomRefusal) => {
      if ("status" in policy) return this.#refuse(exchange, policy);
      const refusal = refusalOf(policy, caller);
      if (refusal !== null) return this.#refuse(exchange, refusal);
      const recipients = policy.members.filter((aor) => aor !== caller.aor);
      this.#begin(exchange, target, offer, { recipients, history: null }, false);
    });
  }

  #begin(exchange: Exchange, target: string, body: SessionBody, list: LargeList, named: boolean): void {
    const { calls, intake, services: { clock } } = this.#deps;
    const { request, subscriber, trusted, originating } = exchange;
    const { aor, displayName, number } = exchange.identity!;
    const { recipients, history } = list;
    if (recipients.length === 0) return this.#refuse(exchange, LIST_REFUSALS.nobody);
    if (!this.jobs.hasRoom(aor)) {
      const reason = "Too many large messages to lists are under way";
      return exchange.reply(503, { reason, headers: [["Retry-After", "30"]] });
    }
    const parties = this.#partiesOf(exchange, target);
    // Slices of the INVITE would hold all of it as long as the session stands.
    const callId = detached(parties.callId);
    const sender = {
      aor: detached(aor),
      displayName: detached(displayName),
      number: trusted ? number : "",
      anonymous: isAnonymous(request),
      ours: subscriber !== null && (!trusted || originating),
      keeps: mayDefer(request),
    };
    const call = calls.incoming(exchange.transaction, NOBODY_YET, { contactParams: LARGE_CONTACT });
    if (call.state === "ended") return;
    const untaken = {
      exchange,
      to: target,
      recipient: null,
      kind: "large",
      body,
      status: 480,
      asked: false,
      since: clock.now(),
    } as const;
    const plan = { sender, target, recipients, named, history, callId };
    intake.takeMany(call, untaken, parties, new LargeCopies(this.#deps, this.jobs, plan));
  }

  /** What copies have in common: what a MESSAGE to the same list would be stored with. */
  #partiesOf({ request, identity }: Exchange, target: string): StoredParties {
    const { services: { clock, egress }, deferral, host } = this.#deps;
    const now = clock.now();
    const head = `INVITE ${target} SIP/2.0\r\nVia: SIP/2.0/TCP ${hostText(host)};branch=z9hG4bKlarge\r\n` +
      `Max-Forwards: 70\r\nFrom: ${senderValue(request)};tag=large\r\nTo: <${target}>\r\n` +
      `Call-ID: ${request.callId}\r\nCSeq: 1 INVITE\r\n${carriedHeaders(request, now)}Content-Length: 0\r\n\r\n`;
    const copied = parseMessage(head, new Uint8Array(0));
    if (!(copied instanceof SipRequest)) throw new TypeError("an INVITE of ours is no request");
    const inner = new Exchange(new InnerTransaction(copied, NO_WIRE, () => {}));
    inner.identity = identity;
    return partiesOf(inner, target, now, deferral, egress, "large");
  }

  #refuse(exchange: Exchange, { status, reason, warning }: RoomRefusal): void {
    const headers = warning === "" ? [] : [["Warning", `399 ${this.#deps.host} "${warning}"`] as const];
    exchange.reply(status, { reason, headers });
  }
}

function isKnown(tag: string, isList: boolean): boolean {
  return KNOWN.has(tag) || (isList && tag === LIST_INVITE);
}

/** The sender is a conference: groups are not sent to groups. */
function isFocus(request: SipRequest): boolean {
  return request.list("Contact").some((value) => /;\s*isfocus\s*(?:[;=]|$)/i.test(value.slice(value.indexOf(">") + 1)));
}

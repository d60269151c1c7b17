import type { Call, Calls, Refers, ServerTransaction } from "../../../transport/sip/mod.ts";
import { tryParseUri } from "../../../transport/sip/mod.ts";
import type { GrowingSession } from "../../participating/mod.ts";
import { addressOfText, type Element, type Exchange } from "../../sip_core/mod.ts";
import type { LiveRoom } from "../rooms/live_room.ts";
import { Addresses, type Meant } from "./addresses.ts";
import { Arrivals } from "./arrivals.ts";
import type { Attendee } from "./attendee.ts";
import { callerOf } from "./caller.ts";
import { capabilities } from "./capabilities.ts";
import type { FocusDeps } from "./focus_deps.ts";
import type { FocusParts } from "./focus_parts.ts";
import { notAuthorised, reasonValue, refused } from "./focus_refusals.ts";
import { Invitations } from "./invitations.ts";
import { OfferedSessions } from "./offered_sessions.ts";
import type { Recipient } from "./recipients.ts";
import { Referrals } from "./referrals.ts";

/**
 * The conference focus (RFC 4579; oma-reference §3.3.1 to §3.3.6): dialogs with everybody in every room. It takes INVITEs, REFERs
 * and OPTIONS for the factory, for groups and for rooms; who may do what is the policies', who is where the rooms' to say.
 */
export class Focus implements FocusParts {
  readonly deps: FocusDeps;
  readonly addresses: Addresses;
  readonly invitations: Invitations;
  readonly offered: OfferedSessions;
  readonly #arrivals: Arrivals;
  readonly #referrals: Referrals;
  readonly #attendees = new Set<Attendee>();
  #closed = false;

  constructor(deps: FocusDeps) {
    this.deps = deps;
    const { services: { domains }, host, rooms, policies, metrics } = deps;
    this.addresses = new Addresses({ domains, host, rooms, policies });
    this.offered = new OfferedSessions(deps.early ?? null);
    this.invitations = new Invitations(this);
    this.#arrivals = new Arrivals(this);
    this.#referrals = new Referrals(this);
    metrics.gauge("parley_room_dialogs", "Devices in rooms, or on their way in", () => this.#attendees.size);
    metrics.gauge("parley_room_invitations", "Invitations into rooms that are under way", () => this.invitations.size);
  }

  /** Before the rows of sessions and of the target class. */
  readonly element: Element = (next) => (exchange) => {
    const { method } = exchange.request;
    if (method !== "INVITE" && method !== "REFER" && method !== "OPTIONS") return next(exchange);
    const meant = this.#meant(exchange);
    if (meant === null) return next(exchange);
    if (this.#closed) return exchange.reply(503, { reason: "Going down", headers: [["Retry-After", "10"]] });
    // In a dialog that is no longer known: its calls would have taken it.
    if (exchange.request.to.tag !== "") return exchange.reply(481);
    if (method === "INVITE") this.#arrivals.arrive(exchange, meant);
    else if (method === "REFER") this.#refer(exchange, meant);
    else if (meant.kind === "over") exchange.reply(404, { reason: "This session is over" });
    else exchange.reply(200, capabilities(this.deps, meant, this.addresses.factory));
  };

  /** Devices in rooms, or on their way in. */
  get size(): number {
    return this.#attendees.size;
  }

  /** The box goes down: every dialog ends, and everybody may come again. */
  close(): void {
    this.#closed = true;
    const reason = reasonValue(503, "server shuts down");
    this.invitations.close(reason);
    for (const attendee of [...this.#attendees]) attendee.end(reason, "absent");
  }

  // Its parts.

  came(attendee: Attendee): void {
    this.#attendees.add(attendee);
  }

  gone(attendee: Attendee): void {
    this.#attendees.delete(attendee);
  }

  referred({ entrant, room }: Attendee, call: Call, transaction: ServerTransaction): void {
    this.#referrals.refer(transaction, entrant, room, call);
  }

  growing({ person, replaces }: Pick<Recipient, "person" | "replaces">, by: string): GrowingSession | null {
    const found = replaces === "" ? null : this.deps.sessions.legToward(replaces, by);
    return found !== null && addressOfText(found.peer).aor === person.aor ? found : null;
  }

  #refer(exchange: Exchange, meant: Meant): void {
    const { transaction } = exchange;
    const caller = callerOf(exchange);
    if (meant.kind === "factory") {
      const reason = "The factory begins sessions; who is brought into one is referred to by it";
      return exchange.reply(405, { reason, headers: [["Allow", "INVITE"]] });
    }
    if (caller === null) return this.#referrals.refuse(transaction, notAuthorised("Nobody vouches for the sender"));
    const sender = this.deps.senders?.senderRefusal(exchange) ?? null;
    if (sender !== null) return exchange.reply(sender.status, { reason: sender.reason, headers: sender.headers });
    const room = this.#roomOf(meant);
    if (room === undefined) return this.#referrals.refuse(transaction, refused(404, "There is no such session"));
    this.#referrals.refer(transaction, caller, room, null);
  }

  #roomOf(meant: Exclude<Meant, { kind: "factory" }>): LiveRoom | undefined {
    switch (meant.kind) {
      case "room":
        return meant.room;
      case "group":
        return this.deps.rooms.ofGroup(meant.uri);
      case "over":
        return undefined;
    }
  }

  #meant({ target, routes, routeFlow, ours }: Exchange): Meant | null {
    // What has a way of its own left goes there.
    if (routes.length > 0 || routeFlow !== null) return null;
    const uri = tryParseUri(target);
    return uri === null ? null : this.addresses.meant(uri, ours);
  }
}

/** What belongs to a dialog of this box, calls and REFERs alike: for the core, which gives it nobody else. */
export function dialogsOf(calls: Calls, refers: Refers): { owns: Calls["owns"]; handle: Handle } {
  return {
    owns: (request) => calls.owns(request) || refers.owns(request),
    handle: (transaction) =>
      refers.owns(transaction.request) && !calls.owns(transaction.request)
        ? refers.handle(transaction)
        : calls.handle(transaction),
  };
}

type Handle = Calls["handle"];

import type { Events, LabelledCounter } from "../../../foundation/mod.ts";
import { type Call, type Dialog, KeyTable, parseReplaces } from "../../../transport/sip/mod.ts";
import type { CoreEvents, Exchange } from "../../sip_core/mod.ts";
import { InviteeLeg } from "../../session_media/mod.ts";
import { AnchoredSession, type SessionHost } from "./anchored_session.ts";
import type { SessionRow } from "./session_row.ts";
import type { SessionDeps } from "./session_deps.ts";
import type { SessionEndReason } from "./session_events.ts";
import type { SessionPlan } from "./session_plan.ts";

/** A chat of two that is to go on as a conference (CHAT-13): the leg that a new one takes the place of. */
export interface GrowingSession {
  /** Address-of-record of the other party; as it was addressed where it is of another domain. */
  readonly peer: string;
  /** Our dialog with the other party. */
  readonly dialog: Dialog;
  /** The conference has the other party: this session is over. */
  end(): void;
}

/**
 * All sessions that the participating function holds: how many each user has, which ones there are, and what ends them from
 * outside. Bounded by `settings.maxSessions`.
 */
export class Sessions implements SessionHost {
  readonly deps: SessionDeps;
  // No `Map`: see `KeyTable`.
  readonly #sessions = new KeyTable<AnchoredSession>();
  readonly #byUser = new KeyTable<AnchoredSession[]>();
  /** All of them as a list through themselves, oldest first. */
  #first: AnchoredSession | null = null;
  #last: AnchoredSession | null = null;
  readonly #begun: LabelledCounter;

  constructor(deps: SessionDeps) {
    this.deps = deps;
    this.#begun = deps.metrics.labelled("parley_im_sessions_begun_total", "IM sessions that were asked for", "kind");
    deps.metrics.gauge("parley_im_sessions", "IM sessions that stand or ring", () => this.#sessions.size);
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Sessions of a user, ringing ones included. */
  of(aor: string): number {
    return this.#byUser.get(aor)?.length ?? 0;
  }

  get(id: string): AnchoredSession | undefined {
    return this.#sessions.get(id);
  }

  /** The other party of the session that a call belongs to: its call and who it is; null for one of no session. */
  partnerOf(call: Call): { readonly call: Call | null; readonly uri: string } | null {
    const { user } = call;
    const session = user instanceof InviteeLeg ? user.user : user;
    if (!(session instanceof AnchoredSession)) return null;
    const { inviter, invitee, plan } = session;
    if (inviter.call === call) return { call: invitee.call, uri: plan.to };
    return invitee.call === call ? { call: inviter.call, uri: plan.from } : null;
  }

  /**
   * The session of `by` that it wants to go over into another one, seen from the other party (RFC 3891). `value`: a Replaces value
   * that names the dialog of `by` with us, or that dialog's Call-ID alone (Session-Replaces). Null where `by` is in none such that
   * stands, or does not know whom it is with.
   */
  legToward(value: string, by: string): GrowingSession | null {
    const asked = parseReplaces(value);
    for (const session of this.#byUser.get(by) ?? []) {
      if (session.state !== "up") continue;
      const { inviter, invitee, plan } = session;
      for (const [own, other, peer] of [[inviter, invitee, plan.to], [invitee, inviter, plan.from]] as const) {
        if ((own === inviter ? plan.from : plan.to) !== by || (own === invitee && plan.anonymous)) continue;
        const dialog = own.call?.dialog ?? null, toward = other.call?.dialog ?? null;
        if (dialog === null || toward === null) continue;
        const named = asked === null
          ? dialog.callId === value
          : dialog.callId === asked.callId && dialog.localTag === asked.toTag && dialog.remoteTag === asked.fromTag;
        if (named) return { peer, dialog: toward, end: () => session.end("replaced") };
      }
    }
    return null;
  }

  /** For the console: at most `limit` from behind `after` ("" for the first page), oldest first. */
  list(after = "", limit = 100): SessionRow[] {
    const rows: SessionRow[] = [];
    const before = this.#sessions.get(after);
    for (let at = before === undefined ? this.#first : before.next; at !== null && rows.length < limit; at = at.next) {
      rows.push(at.row);
    }
    return rows;
  }

  /** Begins one. `legs`: whom to ask. */
  begin(
    exchange: Exchange,
    plan: SessionPlan,
    legs: (session: AnchoredSession) => readonly InviteeLeg[],
  ): AnchoredSession {
    const session = new AnchoredSession(this, plan, exchange);
    this.#add(session);
    this.#begun.with(plan.kind).add();
    session.start(legs);
    return session;
  }

  /** Ends one; false where there is none with that id. */
  end(id: string, why: SessionEndReason = "administrator"): boolean {
    const session = this.#sessions.get(id);
    session?.end(why);
    return session !== undefined;
  }

  /** Those of a user as they are now, ringing ones included. */
  allOf(aor: string): readonly AnchoredSession[] {
    return [...this.#byUser.get(aor) ?? []];
  }

  /** Ends those of a user who is no longer in the service. */
  endOf(aor: string, why: SessionEndReason = "user not in service"): void {
    for (const session of this.allOf(aor)) session.end(why);
  }

  /** The box goes down. */
  endAll(): void {
    const all: AnchoredSession[] = [];
    for (let at = this.#first; at !== null; at = at.next) all.push(at);
    for (const session of all) session.end("shutdown");
  }

  /**
   * A device that signs off, expires or is thrown out takes its sessions with it; one whose connection merely broke does not: its
   * messages may go on, and it comes back (RFC 5626).
   */
  watch(events: Events<CoreEvents>): void {
    events.on("unregistered", ({ aor, binding, why }) => {
      if (why === "flow") return;
      const gone = this.deps.services.location.bindings(aor).length === 0;
      for (const session of [...this.#byUser.get(aor) ?? []]) {
        const device = session.plan.to === aor ? session.taken?.target.binding?.contact : undefined;
        if (gone || why === "rejected" || device === binding.contact) session.end("registration lost");
      }
    });
  }

  ended(session: AnchoredSession): void {
    if (!this.#sessions.delete(session.id)) return;
    const { previous, next } = session;
    if (previous === null) this.#first = next;
    else previous.next = next;
    if (next === null) this.#last = previous;
    else next.previous = previous;
    session.next = session.previous = null;
    const { from, to } = session.plan;
    this.#leave(from, session);
    if (to !== from) this.#leave(to, session);
  }

  #add(session: AnchoredSession): void {
    this.#sessions.set(session.id, session);
    session.previous = this.#last;
    if (this.#last === null) this.#first = session;
    else this.#last.next = session;
    this.#last = session;
    const { from, to } = session.plan;
    this.#join(from, session);
    if (to !== from) this.#join(to, session);
  }

  #join(aor: string, session: AnchoredSession): void {
    const all = this.#byUser.get(aor);
    if (all === undefined) this.#byUser.set(aor, [session]);
    else all.push(session);
  }

  #leave(aor: string, session: AnchoredSession): void {
    const all = this.#byUser.get(aor);
    const at = all?.indexOf(session) ?? -1;
    if (all === undefined || at < 0) return;
    if (all.length === 1) this.#byUser.delete(aor);
    else all.splice(at, 1);
  }
}

import type { Events, LabelledCounter } from "../../../foundation/mod.ts";
import type { Call } from "../../../transport/sip/mod.ts";
import type { CoreEvents, Exchange } from "../../sip_core/mod.ts";
import { AnchoredSession, type SessionHost } from "./anchored_session.ts";
import type { SessionRow } from "./session_row.ts";
import { InviteeLeg } from "./invitee_leg.ts";
import type { SessionDeps } from "./session_deps.ts";
import type { SessionEndReason } from "./session_events.ts";
import type { SessionPlan } from "./session_plan.ts";

/**
 * All sessions that the participating function holds: how many each user has, which ones there are, and what ends them from
 * outside. Bounded by `settings.maxSessions`.
 */
export class Sessions implements SessionHost {
  readonly deps: SessionDeps;
  readonly #sessions = new Map<string, AnchoredSession>();
  readonly #begun: LabelledCounter;
  readonly #byUser = new Map<string, Set<AnchoredSession>>();

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
    return this.#byUser.get(aor)?.size ?? 0;
  }

  get(id: string): AnchoredSession | undefined {
    return this.#sessions.get(id);
  }

  /** The call of the other party of the session that a call belongs to; null for one of no session. */
  partnerOf(call: Call): Call | null {
    if (!(call.user instanceof AnchoredSession) && !(call.user instanceof InviteeLeg)) return null;
    for (const { inviter, invitee } of this.#sessions.values()) {
      if (inviter.call === call) return invitee.call;
      if (invitee.call === call) return inviter.call;
    }
    return null;
  }

  /** For the console: at most `limit` from behind `after` ("" for the first page), oldest first. */
  list(after = "", limit = 100): SessionRow[] {
    const rows: SessionRow[] = [];
    let found = after === "" || !this.#sessions.has(after);
    for (const [id, session] of this.#sessions) {
      if (found && rows.length < limit) rows.push(session.row);
      if (id === after) found = true;
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
    this.#sessions.set(session.id, session);
    for (const aor of new Set([plan.from, plan.to])) {
      const all = this.#byUser.get(aor);
      if (all === undefined) this.#byUser.set(aor, new Set([session]));
      else all.add(session);
    }
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

  /** Ends those of a user who is no longer in the service. */
  endOf(aor: string, why: SessionEndReason = "user not in service"): void {
    for (const session of [...this.#byUser.get(aor) ?? []]) session.end(why);
  }

  /** The box goes down. */
  endAll(): void {
    for (const session of [...this.#sessions.values()]) session.end("shutdown");
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
    for (const aor of new Set([session.plan.from, session.plan.to])) {
      const all = this.#byUser.get(aor);
      if (all?.delete(session) && all.size === 0) this.#byUser.delete(aor);
    }
  }
}

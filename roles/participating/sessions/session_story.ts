import { detached } from "../../../foundation/mod.ts";
import type { SipRequest } from "../../../transport/sip/mod.ts";
import type { Target } from "../../sip_core/mod.ts";
import type { SessionDeps } from "./session_deps.ts";
import type { SessionEndReason, SessionEvents, SessionFacts, Traffic } from "./session_events.ts";
import type { SessionPlan } from "./session_plan.ts";

/** What one session tells whoever listens; nothing is built where nobody does. */
export class SessionStory {
  readonly #id: string;
  readonly #deps: SessionDeps;
  readonly #plan: SessionPlan;
  readonly #callId: string;
  readonly #accessNetwork: string;
  /** The messages pass this box. */
  anchored: boolean;

  constructor(id: string, deps: SessionDeps, plan: SessionPlan, request: SipRequest) {
    this.#id = id;
    this.#deps = deps;
    this.#plan = plan;
    this.#callId = detached(request.callId);
    this.#accessNetwork = detached(request.get("P-Access-Network-Info") ?? "");
    this.anchored = plan.anchored;
  }

  started(target: Target | null): void {
    const { events } = this.#deps;
    if (!events.heard("sessionStarted")) return;
    const binding = target?.binding ?? null;
    const device = binding?.instance ?? "";
    events.emit("sessionStarted", { ...this.#facts(), device, deviceAccessNetwork: binding?.accessNetwork ?? "" });
  }

  pulledIn(): void {
    this.anchored = true;
    const { events } = this.#deps;
    if (events.heard("sessionPulledIn")) events.emit("sessionPulledIn", this.#facts());
  }

  refused(status: number, by: SessionEvents["sessionRefused"]["by"]): void {
    const { events } = this.#deps;
    if (events.heard("sessionRefused")) events.emit("sessionRefused", { ...this.#facts(), status, by });
  }

  ended(why: SessionEndReason, duration_ms: number, fromInviter: Traffic, fromInvitee: Traffic): void {
    const { events } = this.#deps;
    if (!events.heard("sessionEnded")) return;
    events.emit("sessionEnded", { ...this.#facts(), why, duration_ms, fromInviter, fromInvitee });
  }

  #facts(): SessionFacts {
    const { kind, from, to, file } = this.#plan;
    return {
      id: this.#id,
      callId: this.#callId,
      kind,
      from,
      to,
      anchored: this.anchored,
      accessNetwork: this.#accessNetwork,
      file,
      at: this.#deps.services.clock.now(),
    };
  }
}

import type { PresenceView, WatcherRow } from "../../../transport/presence/mod.ts";
import type { TerminationReason } from "../../../transport/sip/mod.ts";
import type { PresenceDecision, PresentityStates } from "../presentity.ts";
import type { Watch, WatchListener, WatchTerms } from "../watch.ts";
import type { Watched } from "./watched.ts";

/** One watcher of one presentity, while it lasts. What it sees can be asked for a last time after its end. */
export class OpenWatch implements Watch {
  readonly watched: Watched;
  readonly watcher: string;
  readonly listener: WatchListener;
  readonly #states: PresentityStates;
  /** Null while documents are read for the first one. */
  decision: PresenceDecision | null = null;
  /** In the presentity's list; null before the first decision, and after the end. */
  row: WatcherRow<OpenWatch> | null = null;
  /** Kept until it has a row; null after the end. */
  terms: WatchTerms | null;
  /** Why it is refused; null while it is not. */
  refusal: TerminationReason | null = null;

  constructor(
    watched: Watched,
    watcher: string,
    { states, listener, terms }: {
      readonly states: PresentityStates;
      readonly listener: WatchListener;
      readonly terms: WatchTerms;
    },
  ) {
    this.watched = watched;
    this.watcher = watcher;
    this.listener = listener;
    this.terms = terms;
    this.#states = states;
  }

  /** False once it is over, for whatever reason. */
  get isOpen(): boolean {
    return this.row !== null || this.terms !== null;
  }

  get presentity(): string {
    return this.watched.resource;
  }

  get state(): "active" | "pending" | "refused" {
    if (this.refusal !== null) return "refused";
    return this.decision === null ? "pending" : stateOf(this.decision);
  }

  get view(): PresenceView {
    return viewOf(this.#states, this.presentity, this.watcher, this.decision);
  }
}

export function stateOf({ handling }: PresenceDecision): "active" | "pending" | "refused" {
  switch (handling) {
    case "allow":
    case "polite-block":
      return "active";
    case "confirm":
      return "pending";
    case "block":
      return "refused";
  }
}

/**
 * What a watcher sees: who is blocked politely, and everybody else while the presentity is invisible, what is seen of somebody
 * who is not there (RFC 5025 §3.2.1, PRI-17); of that no more and no less than the watcher's rights would show of who really is not
 * there.
 */
export function viewOf(
  states: PresentityStates,
  presentity: string,
  watcher: string,
  decision: PresenceDecision | null,
): PresenceView {
  if (decision?.handling !== "allow") return states.offline(presentity);
  const { rights } = decision;
  const isShown = watcher === presentity || !states.isInvisible(presentity);
  return isShown ? states.composition(presentity).view(rights) : states.hidden(presentity, rights);
}

/** Whether a watcher sees the same by both; the states are the same. */
export function sameRights(a: PresenceDecision, b: PresenceDecision): boolean {
  return a.handling === b.handling && (a.handling !== "allow" || a.rights.key === b.rights.key);
}

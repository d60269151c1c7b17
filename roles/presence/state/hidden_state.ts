import type { Clock } from "../../../foundation/mod.ts";
import { type Composition, offlineComposition, type PresenceDocument } from "../../../transport/presence/mod.ts";
import type { OwnSources } from "../presentity.ts";

/** The key of what the user keeps as a document, as a source. */
export const HARD_STATE = "hard-state";

export interface HiddenStateParts {
  readonly own: Pick<OwnSources, "offlineServices">;
  /** What the user has set by hand; null for nothing. */
  readonly hardOf: (aor: string) => PresenceDocument | null;
  readonly salt: string;
  readonly clock: Clock;
}

/** What those are shown from whom a user hides, who may see more: as if no device were there. */
export class HiddenState {
  readonly composition: Composition;
  readonly #hard: PresenceDocument | null;
  /** As text. */
  readonly #services: string;

  constructor(aor: string, { own, hardOf, salt, clock }: HiddenStateParts) {
    const hard = this.#hard = hardOf(aor);
    const services = own.offlineServices(aor);
    this.#services = JSON.stringify(services);
    const others = hard === null ? [] : [{ key: HARD_STATE, document: hard, publishedAt: 0 }];
    this.composition = offlineComposition(aor, salt, services, others, clock.now());
  }

  /** It is another one by now: what it stands on is, or something in it has ended. */
  isOver({ own, hardOf, clock }: HiddenStateParts): boolean {
    const { entity, validUntil } = this.composition;
    return this.#hard !== hardOf(entity) || validUntil <= clock.now() ||
      this.#services !== JSON.stringify(own.offlineServices(entity));
  }
}

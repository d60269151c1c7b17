import type {
  Composition,
  PresenceRights,
  PresenceSource,
  PresenceView,
  ServiceContent,
} from "../../transport/presence/mod.ts";

/** What is known of users of this box, all sources together. */
export interface PresentityStates {
  /**
   * Brings in what is to be composed; null where it is there. Not needed: what `composition` lacks follows as a change. Rejects where
   * it cannot be read.
   */
  prepare(presentity: string): Promise<void> | null;
  /**
   * Everything that is known. The same object until `presenceChanged`; of who was not asked for in a long time another one that says the
   * same.
   */
  composition(presentity: string): Composition;
  /** What is shown of somebody to those who may see nothing, and shall not know that. The same object until `presenceChanged`. */
  offline(presentity: string): PresenceView;
  /**
   * What is shown of somebody who hides to those who may see more: no more and no less than if no device were there. The same object
   * until `presenceChanged`.
   */
  hidden(presentity: string, rights: PresenceRights): PresenceView;
  /** True where the user is to be shown to all others as somebody who is not there (PRI-17). */
  isInvisible(presentity: string): boolean;
}

/** What the box itself says of a user: registration, barring, sessions, the hard state that the user keeps as a document. */
export interface OwnSources {
  /** Those that there are now, from what is in memory: at once. `key`s are the same from call to call. */
  sources(presentity: string): readonly PresenceSource[];
  /** The services that are shown of somebody who is not there, or is not to be seen: for `offlineView`. */
  offlineServices(presentity: string): readonly ServiceContent[];
  isInvisible(presentity: string): boolean;
}

/** Of RFC 5025 §3.2.1. */
export type SubHandling = "block" | "confirm" | "polite-block" | "allow";

/** What somebody's rules make of a watcher. */
export interface PresenceDecision {
  readonly handling: SubHandling;
  /** What an allowed watcher may see; nothing for all others. */
  readonly rights: PresenceRights;
}

/** Who may watch whom: presence rules, lists, privacy settings, and what the operator has set for the rest. */
export interface PresenceDecisions {
  /**
   * At once; undefined where documents have to be read first, which `prepare` does.
   * @param presentity folded address of a user of this box
   * @param watcher folded address; "" for who did not say who he is
   */
  decide(presentity: string, watcher: string): PresenceDecision | undefined;
  /** Brings in the presentity's documents. Rejects where they cannot be read. */
  prepare(presentity: string): Promise<void>;
}

import type { Counter } from "../../../foundation/mod.ts";
import {
  compose,
  type Composition,
  EVERYTHING_PROVIDED,
  offlineComposition,
  type PresenceDocument,
  PresenceRights,
  type PresenceSource,
  type PresenceView,
  sphereOf,
  withClosedServices,
} from "../../../transport/presence/mod.ts";
import { type Publication, PublicationStore } from "../../../transport/sip/mod.ts";
import type { PresentityStates } from "../presentity.ts";
import { Changes } from "./changes.ts";
import { DeviceTies } from "./device_ties.ts";
import { HardStates } from "./hard_states.ts";
import { HARD_STATE, HiddenState, type HiddenStateParts } from "./hidden_state.ts";
import { PresencePublications, type PublicationUser } from "./presence_publications.ts";
import { PRESENTITIES_LIMITS, type PresentitiesParts } from "./presentities_parts.ts";
import { type Composer, PresentityState } from "./presentity_state.ts";
import { ReadyStates } from "./ready_states.ts";

/** Who sees all of it: whether anybody could see a difference is asked of this view. */
const ALL_SEEING = new PresenceRights(EVERYTHING_PROVIDED);

/**
 * What is known of each user of the box: what the devices have published, what the box itself knows, what was set by hand, composed
 * into one. Composed where somebody asks, and again where something of it changes; others are told only of what somebody could see.
 */
export class Presentities implements PresentityStates, PublicationUser, Composer {
  /** What the event server takes PUBLISH requests for. */
  readonly publications: PublicationStore;
  readonly #parts: PresentitiesParts;
  readonly #rules: PresencePublications;
  readonly #ties: DeviceTies;
  readonly #hard: HardStates;
  readonly #hidden: HiddenStateParts;
  /** Of users alone: there are as many as them at most. */
  readonly #states = new Map<string, PresentityState>();
  readonly #ready: ReadyStates;
  /** What may say something else. */
  readonly #changes: Changes<PresentityState>;
  /** Whose devices may be others than when it was composed. */
  readonly #reviews: Changes<PresentityState>;
  /** Documents of the box itself with their services closed. */
  readonly #closed = new WeakMap<PresenceDocument, PresenceDocument>();
  readonly #composed: Counter;

  constructor(parts: PresentitiesParts) {
    this.#parts = parts;
    const { clock, timers, log, metrics } = parts;
    const limits = parts.limits ?? PRESENTITIES_LIMITS;
    this.#composed = metrics.counter(
      "parley_presence_compositions_total",
      "Presence of a user composed of its sources",
    );
    const parsed = metrics.counter(
      "parley_presence_documents_parsed_total",
      "Presence documents read by the compositor",
    );
    this.#hard = new HardStates({ ...parts, parsed, changed: (aor) => this.#changed(aor) });
    this.#hidden = { ...parts, hardOf: (aor) => this.#hard.of(aor) };
    this.#ties = new DeviceTies({
      ...parts,
      live: (aor) => this.publications.live(aor),
      return_ms: limits.return_ms,
      changed: (aor) => this.#devicesChanged(aor),
      returnOver: () => this.#returnOver(),
    });
    this.#rules = new PresencePublications({ ...parts, ties: this.#ties, parsed, user: this });
    this.publications = new PublicationStore(this.#rules, clock, timers, metrics, log);
    const failed = (error: unknown, { aor }: PresentityState) =>
      log.error("presence of a user could not be composed", { user: aor, error: String(error) });
    const slices = { clock, timers, slice_ms: limits.slice_ms, failed };
    this.#changes = new Changes({ ...slices, work: (state) => this.#renew(state) });
    this.#reviews = new Changes({ ...slices, work: (state) => this.#review(state) });
    this.#ready = new ReadyStates(limits.memory, (state) => this.#putAside(state));
    metrics.gauge("parley_presence_ready", "Users whose presence is kept composed", () => this.#ready.size);
    metrics.gauge("parley_presence_ready_octets", "Memory that it takes, roughly", () => this.#ready.cost);
  }

  composition(presentity: string): Composition {
    const state = this.#stateOf(presentity);
    if (state === null) return compose(presentity, [], this.#parts.clock.now());
    state.asked = true;
    state.used = true;
    if (state.composition !== null) return state.composition;
    const composition = this.#makeReady(state);
    if (state.differs) this.#changes.add(state);
    return composition;
  }

  offline(presentity: string): PresenceView {
    const { own, salt } = this.#parts;
    const state = this.#stateOf(presentity);
    if (state?.offline) return state.offline.view(ALL_SEEING);
    const services = own.offlineServices(presentity);
    const offline = offlineComposition(presentity, salt, services);
    if (state !== null) {
      state.asked = true;
      state.used = true;
      state.offline = offline;
      state.offlineServices = JSON.stringify(services);
      this.#weigh(state);
    }
    return offline.view(ALL_SEEING);
  }

  hidden(presentity: string, rights: PresenceRights): PresenceView {
    const state = this.#stateOf(presentity);
    if (state === null) return new HiddenState(presentity, this.#hidden).composition.view(rights);
    state.asked = true;
    state.used = true;
    if (state.hidden === null || state.hidden.isOver(this.#hidden)) {
      state.hidden = new HiddenState(state.aor, this.#hidden);
      // Told of changes: of whom nothing but this was ever asked, nothing else would tell.
      if (state.isMade) this.#weigh(state);
      else this.#makeReady(state);
    }
    return state.hidden.composition.view(rights);
  }

  isInvisible(presentity: string): boolean {
    const invisible = this.#parts.own.isInvisible(presentity);
    const state = this.#stateOf(presentity);
    if (state !== null) state.invisible ??= invisible;
    return invisible;
  }

  prepare(presentity: string): Promise<void> | null {
    return this.#parts.subscribers.get(presentity) === undefined ? null : this.#hard.prepare(presentity);
  }

  /** The user's sphere at present (RFC 5025 §3.1.2), as all devices that say one have it; undefined where none does, or they differ. */
  sphere(presentity: string): string | undefined {
    const state = this.#stateOf(presentity);
    if (state === null) return undefined;
    if (state.composition === null) {
      this.#makeReady(state);
      if (state.differs) this.#changes.add(state);
    }
    const sources = state.counted.flatMap((publication): PresenceSource[] => {
      const document = this.#rules.documentOf(publication)?.presence;
      return document === undefined ? [] : [{ key: publication.id, document, publishedAt: publication.publishedAt }];
    });
    return sphereOf(sources) ?? undefined;
  }

  /** What the box itself knows of a user is something else. */
  touch(presentity: string): void {
    const state = this.#states.get(presentity);
    if (state === undefined) return this.#tell(presentity);
    const { own } = this.#parts;
    if (state.invisible !== null) {
      const invisible = own.isInvisible(presentity);
      if (invisible !== state.invisible) state.differs = true;
      state.invisible = invisible;
    }
    if (state.offline !== null && JSON.stringify(own.offlineServices(presentity)) !== state.offlineServices) {
      state.offline = null;
      state.differs = true;
    }
    this.#changes.add(state);
  }

  /** What the user has published counts no longer: whoever published it may not any more. */
  unpublish(presentity: string): void {
    this.publications.clear(presentity);
    this.changed(presentity);
  }

  /** The user is removed: nothing of it is kept, nor comes back. */
  forget(presentity: string): void {
    this.publications.clear(presentity);
    this.#hard.forget(presentity);
    const state = this.#states.get(presentity);
    if (state !== undefined) this.#drop(state);
    this.#tell(presentity);
  }

  // The publications' side.

  changed(resource: string): void {
    const state = this.#stateOf(resource);
    // Removed while something was stored for it.
    if (state !== null) this.#changes.add(state);
  }

  awaits(resource: string): boolean {
    return this.#states.get(resource)?.isMade ?? false;
  }

  refreshed(publication: Publication): void {
    const state = this.#states.get(publication.resource);
    // Its device may be another one, or none that ends: then it counts again, or counts with that device's others.
    if (state === undefined || !state.isMade) return;
    const at = state.counted.indexOf(publication);
    if (at < 0) this.#review(state);
    else if (state.countedTies[at] !== this.#ties.tiedTo(publication)) this.#changes.add(state);
  }

  ended(state: PresentityState): void {
    const { clock, timers } = this.#parts;
    const now = clock.now();
    if (now >= state.validUntil) this.#changes.add(state);
    else state.holdUntil(state.validUntil, now, timers);
  }

  /** Null for nobody of this box. */
  #stateOf(aor: string): PresentityState | null {
    const known = this.#states.get(aor);
    if (known !== undefined) return known;
    const user = this.#parts.subscribers.get(aor);
    if (user === undefined) return null;
    const state = new PresentityState(user.aor, this);
    this.#states.set(user.aor, state);
    return state;
  }

  /** The hard state of this user is another one. */
  #changed(aor: string): void {
    const state = this.#states.get(aor);
    if (!state?.isMade) return;
    // Seen also where what devices say hides it.
    if (state.invisible === true) state.differs = true;
    this.#changes.add(state);
  }

  #devicesChanged(aor: string): void {
    const state = this.#states.get(aor);
    if (state?.isMade) this.#review(state);
  }

  #returnOver(): void {
    for (const state of this.#states.values()) if (state.isMade && state.counted.length > 0) this.#reviews.add(state);
  }

  /** Composes anew where other publications count than when it was composed, or are of other devices. */
  #review(state: PresentityState): void {
    const counted = this.#counted(state);
    const isSame = counted.length === state.counted.length && counted.every((one) => {
      const at = state.counted.indexOf(one);
      return at >= 0 && state.countedTies[at] === this.#ties.tiedTo(one);
    });
    if (!isSame) this.#changes.add(state);
  }

  /** Something happened: tells others where they could see it. */
  #renew(state: PresentityState): void {
    if (this.#states.get(state.aor) !== state) return;
    if (!state.asked) {
      // Whoever watches was told before, and has not asked yet; most are watched by nobody.
      state.clear();
      if (this.#weigh(state) === 0) this.#drop(state);
      return this.#tell(state.aor);
    }
    this.#weigh(state);
    // Where it is not made, nothing but what is shown of who is not there was asked for.
    const before = state.composition;
    if (before !== null) {
      const now = this.#compose(state);
      if (!saysSame(before, now)) {
        state.composition = now;
        state.differs = true;
      }
    } else if (state.isMade) this.#makeReady(state);
    // It may be another one although nothing of all that is known is: what devices say hides what was set by hand.
    if (state.hidden?.isOver(this.#hidden) === true) state.differs = true;
    if (!state.differs) return;
    state.differs = false;
    state.asked = false;
    this.#tell(state.aor);
  }

  /** Composes what is not ready, and looks whether it is what it was. */
  #makeReady(state: PresentityState): Composition {
    const { tag } = state;
    state.tag = "";
    const composition = state.composition = this.#compose(state);
    if (tag !== "" && composition.view(ALL_SEEING).tag !== tag) state.differs = true;
    this.#weigh(state);
    return composition;
  }

  /** Publications that count now, in an order that stays. */
  #counted({ aor }: PresentityState): Publication[] {
    return this.publications.live(aor).filter((publication) => this.#ties.counts(publication)).sort(byId);
  }

  #compose(state: PresentityState): Composition {
    const { clock, timers, own } = this.#parts;
    const { aor } = state;
    const sources: PresenceSource[] = [];
    // A client may leave a publication behind that it does not know of any more: of each device the newest counts.
    const openness = new Map<string, { readonly at: number; readonly isOpen: boolean }>();
    state.counted = this.#counted(state);
    state.countedTies = state.counted.length === 0 ? NO_TIES : state.counted.map((one) => this.#ties.tiedTo(one));
    for (const publication of state.counted) {
      const published = this.#rules.documentOf(publication);
      if (published === null) continue;
      sources.push({ key: publication.id, document: published.presence, publishedAt: publication.publishedAt });
      if (published.isOpen === null) continue;
      const device = this.#ties.tiedTo(publication) || publication.id;
      const before = openness.get(device);
      if (before === undefined || publication.publishedAt >= before.at) {
        openness.set(device, { at: publication.publishedAt, isOpen: published.isOpen });
      }
    }
    const isClosed = openness.size > 0 && ![...openness.values()].some(({ isOpen }) => isOpen);
    for (const source of own.sources(aor)) {
      // A client that says that the user is not there is believed over the box, which sees its registration alone.
      sources.push(isClosed ? { ...source, document: this.#closedOf(source.document) } : source);
    }
    const hard = this.#hard.of(aor);
    if (hard !== null) sources.push({ key: HARD_STATE, document: hard, publishedAt: 0 });
    const now = clock.now();
    const composition = compose(aor, sources, now);
    this.#composed.add();
    state.holdUntil(composition.validUntil, now, timers);
    return composition;
  }

  #closedOf(document: PresenceDocument): PresenceDocument {
    let closed = this.#closed.get(document);
    if (closed === undefined) this.#closed.set(document, closed = withClosedServices(document));
    return closed;
  }

  /** What it costs is another: its documents, or whether they are composed. Gives how many publications it has. */
  #weigh(state: PresentityState): number {
    let documents = 0;
    const live = this.publications.live(state.aor);
    for (const publication of live) documents += this.#rules.costOf(publication);
    this.#ready.weigh(state, documents);
    return live.length;
  }

  /** It can all be made again: only what was told is remembered. */
  #putAside(state: PresentityState): void {
    for (const publication of this.publications.live(state.aor)) publication.kept = undefined;
    if (state.composition !== null) state.tag = state.composition.view(ALL_SEEING).tag;
    state.composition = null;
    state.offline = null;
    state.hidden = null;
  }

  #drop(state: PresentityState): void {
    state.clear();
    this.#ready.delete(state);
    this.#states.delete(state.aor);
  }

  #tell(presentity: string): void {
    this.#parts.events.emit("presenceChanged", { presentity });
  }
}

/** Whether nobody could tell one from the other; rules may name what was published by its ids, which are in no view. */
function saysSame(before: Composition, now: Composition): boolean {
  if (!now.view(ALL_SEEING).saysSameAs(before.view(ALL_SEEING))) return false;
  return now.components.every(({ ids }, index) => {
    const others = before.components[index].ids;
    return ids.length === others.length && ids.every((id, i) => id === others[i]);
  });
}

/** The same also after a restart. */
const NO_TIES: readonly string[] = [];

function byId({ id: a }: Publication, { id: b }: Publication): number {
  return a.length - b.length || (a < b ? -1 : 1);
}

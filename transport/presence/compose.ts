import { idOf } from "./identity.ts";
import { merged, type SourcedComponent } from "./merge.ts";
import { overridden, overridingWillingness } from "./overriding_willingness.ts";
import {
  type ComponentKind,
  type PresenceAttribute,
  type PresenceComponent,
  withAttributes,
} from "./presence_component.ts";
import { PRESENCE_LIMITS } from "./presence_problem.ts";
import { PresenceView } from "./presence_view.ts";
import type { PresenceDocument } from "./read_presence.ts";
import { viewParts } from "./view_parts.ts";
import type { PresenceRights } from "./presence_rights.ts";

/** One publication of a presentity, or what the service itself knows of it. */
export interface PresenceSource {
  /** The same for all versions of a publication; not its entity tag. */
  readonly key: string;
  readonly document: PresenceDocument;
  /** When this version came, ms since 1970; a refresh changes nothing. */
  readonly publishedAt: number;
}

/** Views kept for sets of permissions of one composition; for others they are made anew each time. */
const VIEWS_KEPT = 64;

/** All that is known of a presentity at one time, as one document; from it come the views of watchers. */
export class Composition {
  readonly entity: string;
  /** Tuples, then persons, then devices, each in the order of the sources. */
  readonly components: readonly PresenceComponent[];
  readonly notes: readonly PresenceAttribute[];
  readonly others: readonly PresenceAttribute[];
  /** When it must be composed again although nobody published: something ends then. ms since 1970; Infinity for never. */
  readonly validUntil: number;
  readonly #views = new Map<string, PresenceView>();

  constructor(parts: Pick<Composition, "entity" | "components" | "notes" | "others" | "validUntil">) {
    this.entity = parts.entity;
    this.components = parts.components;
    this.notes = parts.notes;
    this.others = parts.others;
    this.validUntil = parts.validUntil;
  }

  /** What watchers with these rights see; one and the same for all whose rights have the same key. */
  view(rights: PresenceRights): PresenceView {
    let view = this.#views.get(rights.key);
    if (view !== undefined) return view;
    view = new PresenceView(this.entity, viewParts(this, rights));
    if (this.#views.size < VIEWS_KEPT) this.#views.set(rights.key, view);
    return view;
  }
}

/**
 * One document of several (oma-reference §6.2): components of the same identity become one, in which each element is the newest
 * source's that has it; the presentity's notes are the newest source's. What has ended by `now` is left out. An
 * `overriding-willingness` is the willingness of all services. `sources` are in an order that stays, as of their first
 * publication. Beyond the limits of one document the components of the last sources are left out.
 */
export function compose(entity: string, sources: readonly PresenceSource[], now: number): Composition {
  const { found, validUntil } = collected(sources, now);
  const components: PresenceComponent[] = [];
  const ids = new Set<string>();
  let override = "", overrideAt = -Infinity;
  for (const kind of KINDS) {
    for (const [identity, sourced] of found) {
      if (sourced[0].component.kind !== kind) continue;
      const component = withFreeId(sourced.length === 1 ? sourced[0].component : merged(sourced), identity, ids);
      components.push(component);
      if (kind !== "person") continue;
      const willingness = overridingWillingness(component);
      const at = Math.max(...sourced.map((one) => one.at));
      if (willingness === "" || at < overrideAt) continue;
      override = willingness;
      overrideAt = at;
    }
  }
  return new Composition({
    entity,
    components: override === "" ? components : components.map((one) => overridden(one, override)),
    ...besideComponents(sources),
    validUntil,
  });
}

/** The components of all sources by their identity, without what has ended, and when the next of them ends. */
function collected(sources: readonly PresenceSource[], now: number) {
  const found = new Map<string, SourcedComponent[]>();
  let validUntil = Infinity;
  for (const { key, document, publishedAt } of sources) {
    for (const component of document.components) {
      // What says nothing about what it is is nobody else's (RFC 4479 §3.3.2).
      const identity = component.identity === ""
        ? `own\n${key}\n${component.kind}\n${component.ids[0]}`
        : component.identity;
      const end = nextEnd(component, now);
      if (end < validUntil) validUntil = end;
      const sourced = { component: withoutEnded(component, now), at: changedAt(component, publishedAt) };
      const before = found.get(identity);
      if (before !== undefined) before.push(sourced);
      else if (found.size < PRESENCE_LIMITS.components) found.set(identity, [sourced]);
    }
  }
  return { found, validUntil };
}

const KINDS: readonly ComponentKind[] = ["tuple", "person", "device"];

/** The document's own time where it has one: but nothing is known of before it came. */
function changedAt({ timestamp }: PresenceComponent, publishedAt: number): number {
  return timestamp < publishedAt ? timestamp : publishedAt;
}

/** With an `id` that no other component of the document has. */
function withFreeId(component: PresenceComponent, identity: string, taken: Set<string>): PresenceComponent {
  const wanted = component.id === "" ? idOf(component.kind, identity, "") : component.id;
  let id = wanted;
  for (let i = 2; taken.has(id); i++) id = `${wanted}-${i}`;
  taken.add(id);
  return id === component.id ? component : { ...component, id };
}

/** When the first of its attributes that are still true ends. */
function nextEnd({ attributes }: PresenceComponent, now: number): number {
  let end = Infinity;
  for (const { until } of attributes) if (until > now && until < end) end = until;
  return end;
}

function withoutEnded(component: PresenceComponent, now: number): PresenceComponent {
  for (const { until } of component.attributes) {
    if (until > now) continue;
    return withAttributes(component, component.attributes.filter((attribute) => attribute.until > now));
  }
  return component;
}

function besideComponents(sources: readonly PresenceSource[]): Pick<Composition, "notes" | "others"> {
  let notes: PresenceSource | null = null, others: PresenceSource | null = null;
  for (const source of sources) {
    const { document, publishedAt } = source;
    if (document.notes.length > 0 && (notes === null || publishedAt >= notes.publishedAt)) notes = source;
    if (document.others.length > 0 && (others === null || publishedAt >= others.publishedAt)) others = source;
  }
  return {
    notes: notes?.document.notes ?? [],
    others: others?.document.others ?? [],
  };
}

import { byPlace, isTimestamp } from "./attribute_order.ts";
import { type PresenceAttribute, type PresenceComponent, withAttributes } from "./presence_component.ts";

/** A component of one source. */
export interface SourcedComponent {
  readonly component: PresenceComponent;
  /** When it became so, ms since 1970. */
  readonly at: number;
}

/**
 * One component of several with the same identity: the newest one's elements, and from the others, newest first, those of names
 * that no newer one has. Of equal age the later in the list is newer. The timestamp is the newest one's, or none.
 */
export function merged(sourced: readonly SourcedComponent[]): PresenceComponent {
  const newestFirst = sourced.toReversed().sort((a, b) => b.at - a.at);
  const newest = newestFirst[0].component;
  let { attributes } = newest;
  for (let i = 1; i < newestFirst.length; i++) attributes = withOlder(newest, attributes, newestFirst[i].component);
  const component = { ...newest, ids: publishedIds(sourced) };
  return attributes === newest.attributes ? component : withAttributes(component, attributes);
}

/** With the elements of an older component whose names are not there yet. */
function withOlder(
  { kind }: PresenceComponent,
  attributes: readonly PresenceAttribute[],
  older: PresenceComponent,
): readonly PresenceAttribute[] {
  let all: PresenceAttribute[] | null = null;
  for (const one of older.attributes) {
    if (!hasNamed(attributes, one) && !isTimestamp(kind, one)) (all ??= [...attributes]).push(one);
  }
  return all === null ? attributes : all.sort((a, b) => byPlace(kind, a, b));
}

/** RFC 4479 §5: whether it stands in the status or in the tuple, it is the same attribute. */
function hasNamed(attributes: readonly PresenceAttribute[], { namespace, name }: PresenceAttribute): boolean {
  for (const one of attributes) if (one.name === name && one.namespace === namespace) return true;
  return false;
}

function publishedIds(sourced: readonly SourcedComponent[]): string[] {
  const ids: string[] = [];
  for (const { component } of sourced) for (const id of component.ids) if (!ids.includes(id)) ids.push(id);
  return ids;
}

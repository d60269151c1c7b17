import { isTimestamp } from "./attribute_order.ts";
import type { Composition } from "./compose.ts";
import { saysLocation } from "./location.ts";
import { elementName, type PresenceAttribute, type PresenceComponent, withAttributes } from "./presence_component.ts";
import type { PresenceRights } from "./presence_rights.ts";

/** A piece of a view: a tuple, a person, a device, a note, another element. */
export interface ViewPart {
  readonly text: string;
  /** Characters at its end that say when it became so, and its end tag: what is before them is its state. */
  readonly tail: number;
}

export interface ViewParts {
  /** In the order of RFC 3863 §4.4: tuples, notes, then all others. */
  readonly parts: readonly ViewPart[];
  /** Our namespaces that they need. */
  readonly bits: number;
}

/** What a watcher with these rights sees of a composition, and nothing else (RFC 5025 §3.3). */
export function viewParts(composition: Composition, rights: PresenceRights): ViewParts {
  const parts: ViewPart[] = [], persons: ViewPart[] = [];
  let bits = 0;
  let needsNotes = rights.allPersons;
  for (const component of composition.components) {
    if (!rights.sees(component)) continue;
    const shown = rights.allAttributes && !rights.withholdsLocation ? component : shownOf(component, rights);
    bits |= shown.bits;
    (component.kind === "tuple" ? parts : persons).push(viewPart(shown));
    if (component.kind === "person" && !component.attributes.some(isOwnNote)) needsNotes = true;
  }
  // RFC 4479 §5: these are the notes of the persons that have none of their own, and seen as theirs.
  const beside = needsNotes && rights.seesNotes ? [...composition.notes] : [];
  for (const { text } of beside) parts.push({ text, tail: 0 });
  parts.push(...persons);
  // No permission of RFC 5025 is about elements of the presentity itself: only who sees all of it sees them.
  if (rights.allAttributes && rights.allPersons) {
    for (const other of composition.others) {
      if (rights.withholdsLocation && saysLocation(other)) continue;
      parts.push({ text: other.text, tail: 0 });
      beside.push(other);
    }
  }
  // Not those of what is not shown: a declaration tells that there is something.
  for (const attribute of beside) bits |= attribute.bits;
  return { parts, bits };
}

function isOwnNote({ name, inStatus }: PresenceAttribute): boolean {
  return name === "note" && !inStatus;
}

function viewPart({ kind, id, attributes, content }: PresenceComponent): ViewPart {
  const name = elementName(kind);
  if (content === "") return { text: `<${name} id="${id}"/>`, tail: 0 };
  const last = attributes.at(-1);
  const time = last !== undefined && isTimestamp(kind, last) ? last.text.length : 0;
  return { text: `<${name} id="${id}">${content}</${name}>`, tail: time + name.length + 3 };
}

function shownOf(component: PresenceComponent, rights: PresenceRights): PresenceComponent {
  const shown: PresenceAttribute[] = [];
  let changed = false;
  for (const attribute of component.attributes) {
    const text = rights.shown(attribute);
    if (text === attribute.text) shown.push(attribute);
    else {
      changed = true;
      if (text !== "") shown.push({ ...attribute, text });
    }
  }
  return changed ? withAttributes(component, shown) : component;
}

/** The parts as they stand in a document: each in a line of its own. */
export function linesOf(parts: readonly ViewPart[], from = 0, to = parts.length): string {
  let text = "";
  for (let i = from; i < to; i++) text += parts[i].text + "\n";
  return text;
}

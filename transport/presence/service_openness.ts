import { PIDF_NAMESPACE } from "./names.ts";
import { type PresenceAttribute, type PresenceComponent, withAttributes } from "./presence_component.ts";
import type { PresenceDocument } from "./read_presence.ts";

/** The `basic` of a tuple; null where it has none, and of persons and devices. */
export function basicOf({ kind, attributes }: PresenceComponent): "open" | "closed" | null {
  if (kind !== "tuple") return null;
  for (const attribute of attributes) {
    // They come first (RFC 3863 §4.4).
    if (!attribute.inStatus) return null;
    if (isBasic(attribute)) return attribute.text.includes(OPEN) ? "open" : "closed";
  }
  return null;
}

/** The document with every service closed. The same object where none is open. */
export function withClosedServices(document: PresenceDocument): PresenceDocument {
  if (!document.components.some((component) => basicOf(component) === "open")) return document;
  return { ...document, components: document.components.map(closed) };
}

const OPEN = ">open<";

function closed(component: PresenceComponent): PresenceComponent {
  if (basicOf(component) !== "open") return component;
  return withAttributes(
    component,
    component.attributes.map((one) => isBasic(one) ? { ...one, text: one.text.replace(OPEN, ">closed<") } : one),
  );
}

function isBasic({ namespace, name, inStatus }: PresenceAttribute): boolean {
  return inStatus && name === "basic" && namespace === PIDF_NAMESPACE;
}

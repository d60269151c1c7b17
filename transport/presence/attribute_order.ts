import { DATA_MODEL_NAMESPACE, PIDF_NAMESPACE } from "./names.ts";
import type { ComponentKind, PresenceAttribute } from "./presence_component.ts";

type Named = Pick<PresenceAttribute, "namespace" | "name" | "inStatus">;

const STATUS = 0, OTHERS = 1, REACH = 2, NOTES = 3, TIME = 4;

/**
 * As the schemas want attributes (RFC 3863 §4.4, RFC 4479 §5.1.2), and by name where they leave the order free: so the same
 * attributes are the same text. Those of one name keep their order.
 */
export function byPlace(kind: ComponentKind, a: Named, b: Named): number {
  const place = placeOf(kind, a), other = placeOf(kind, b);
  if (place !== other) return place - other;
  if (a.name !== b.name) {
    if (place === STATUS && (a.name === "basic" || b.name === "basic")) return a.name === "basic" ? -1 : 1;
    return a.name < b.name ? -1 : 1;
  }
  return a.namespace < b.namespace ? -1 : a.namespace > b.namespace ? 1 : 0;
}

function placeOf(kind: ComponentKind, { namespace, name, inStatus }: Named): number {
  if (inStatus) return STATUS;
  if (namespace !== (kind === "tuple" ? PIDF_NAMESPACE : DATA_MODEL_NAMESPACE)) return OTHERS;
  if (name === "timestamp") return TIME;
  if (name === "note") return NOTES;
  return (kind === "tuple" && name === "contact") || (kind === "device" && name === "deviceID") ? REACH : OTHERS;
}

/** Whether it is the timestamp of its component. */
export function isTimestamp(kind: ComponentKind, attribute: Named): boolean {
  return attribute.name === "timestamp" && placeOf(kind, attribute) === TIME;
}

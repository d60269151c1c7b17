import { DATA_MODEL_NAMESPACE, ownPrefix, PIDF_NAMESPACE } from "./names.ts";

const PIDF_BIT = ownPrefix(PIDF_NAMESPACE)!.bit, DATA_MODEL_BIT = ownPrefix(DATA_MODEL_NAMESPACE)!.bit;

/** A child of a tuple's status, of a tuple, a person or a device: RFC 4479's presence attribute. */
export interface PresenceAttribute {
  readonly namespace: string;
  readonly name: string;
  /** In our prefixes (`OWN_SCOPE`), without white space that says nothing. */
  readonly text: string;
  /** It stands in a tuple's `status`. */
  readonly inStatus: boolean;
  /** Our namespaces that the text needs. */
  readonly bits: number;
  /** See `permitOf`. */
  readonly permit: number;
  /** When it stops being true, ms since 1970; Infinity where it does not say. */
  readonly until: number;
}

export type ComponentKind = "tuple" | "person" | "device";

/** A tuple, a person or a device (RFC 4479 §3). */
export interface PresenceComponent {
  readonly kind: ComponentKind;
  /** As it was published: several where it was merged. */
  readonly ids: readonly string[];
  /** What watchers know it by, which stays as long as its identity does; "" where it has none and was not composed. */
  readonly id: string;
  /** What makes it the same in several documents; "" where nothing does but its id. */
  readonly identity: string;
  /** In the order of the schemas (RFC 3863 §4.4, RFC 4479 §5.1), those of other namespaces by name. */
  readonly attributes: readonly PresenceAttribute[];
  /** All attributes as they stand in the component: text. */
  readonly content: string;
  /** Our namespaces that all of it needs. */
  readonly bits: number;
  /** "" for none, of all below. */
  readonly className: string;
  /** `contact` of a tuple: the service URI. */
  readonly contact: string;
  /** Of `service-description`. */
  readonly serviceId: string;
  /** One of a device, any number of a tuple. */
  readonly deviceIds: readonly string[];
  /** ms since 1970; NaN where it has none. */
  readonly timestamp: number;
}

/** The element's name, prefix included. */
export function elementName(kind: ComponentKind): string {
  return kind === "tuple" ? "tuple" : kind === "person" ? "dm:person" : "dm:device";
}

/** Its attributes as they stand in it. */
export function contentOf(kind: ComponentKind, attributes: readonly PresenceAttribute[]): string {
  let text = "";
  if (kind !== "tuple") {
    for (const attribute of attributes) text += attribute.text;
    return text;
  }
  let i = 0;
  for (; i < attributes.length && attributes[i].inStatus; i++) text += attributes[i].text;
  text = text === "" ? "<status/>" : `<status>${text}</status>`;
  for (; i < attributes.length; i++) text += attributes[i].text;
  return text;
}

/** Our namespaces that a component with these attributes needs. */
export function bitsOf(kind: ComponentKind, attributes: readonly PresenceAttribute[]): number {
  let bits = kind === "tuple" ? PIDF_BIT : DATA_MODEL_BIT;
  for (const attribute of attributes) bits |= attribute.bits;
  return bits;
}

/** The same component with other attributes, which are in order. */
export function withAttributes(
  component: PresenceComponent,
  attributes: readonly PresenceAttribute[],
): PresenceComponent {
  const { kind } = component;
  return { ...component, attributes, content: contentOf(kind, attributes), bits: bitsOf(kind, attributes) };
}

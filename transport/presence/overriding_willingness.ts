import { byPlace } from "./attribute_order.ts";
import { permissionBit } from "./attribute_kind.ts";
import { OMA_PRESENCE_NAMESPACE, ownPrefix } from "./names.ts";
import { type PresenceAttribute, type PresenceComponent, withAttributes } from "./presence_component.ts";

const OMA_BIT = ownPrefix(OMA_PRESENCE_NAMESPACE)!.bit;

/** What a person's `overriding-willingness` says: `open` or `closed`; "" where it has none. */
export function overridingWillingness({ attributes }: PresenceComponent): string {
  const found = attributes.find((attribute) => isNamed(attribute, "overriding-willingness"));
  return found === undefined ? "" : /<op:basic>(open|closed)<\/op:basic>/.exec(found.text)?.[1] ?? "";
}

/** The component with that willingness where it is a service of OMA, or one that says something of willingness. */
export function overridden(component: PresenceComponent, value: string): PresenceComponent {
  if (component.kind !== "tuple") return component;
  const others = component.attributes.filter((attribute) => !isNamed(attribute, "willingness"));
  if (others.length === component.attributes.length && component.serviceId === "") return component;
  const attributes = [...others, willingness(value)].sort((a, b) => byPlace("tuple", a, b));
  return withAttributes(component, attributes);
}

function willingness(value: string): PresenceAttribute {
  return {
    namespace: OMA_PRESENCE_NAMESPACE,
    name: "willingness",
    text: `<op:willingness><op:basic>${value}</op:basic></op:willingness>`,
    bits: OMA_BIT,
    inStatus: false,
    permit: permissionBit("willingness"),
    until: Infinity,
  };
}

function isNamed({ namespace, name }: PresenceAttribute, wanted: string): boolean {
  return name === wanted && namespace === OMA_PRESENCE_NAMESPACE;
}

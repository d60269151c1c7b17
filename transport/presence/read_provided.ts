import { xmlAttribute, xmlCollapsed, type XmlElement } from "../xml/mod.ts";
import { ATTRIBUTE_PERMISSIONS, type AttributePermission } from "./attribute_kind.ts";
import {
  type DeviceSelector,
  NOTHING_PROVIDED,
  type OccurrenceSelector,
  type PersonSelector,
  type ProvidedPresence,
  type ProvidedUserInput,
  type ServiceSelector,
  USER_INPUT_VALUES,
} from "./provided_presence.ts";

export const PRES_RULES_NAMESPACE = "urn:ietf:params:xml:ns:pres-rules";
export const OMA_PRES_RULES_NAMESPACE = "urn:oma:xml:prs:pres-rules";

const SERVICES = ["class", "occurrence-id", "service-uri", "service-uri-scheme", "service-id"] as const;
const PERSONS = ["class", "occurrence-id"] as const;
const DEVICES = ["class", "occurrence-id", "deviceID"] as const;
const PERMISSIONS = new Map<string, AttributePermission>(
  ATTRIBUTE_PERMISSIONS.map((permission) => [`provide-${permission}`, permission]),
);

/**
 * What the transformations of rules provide, taken together: elements such as `pr:provide-services` (RFC 5025 §3.3) and
 * `opr:provide-willingness` (oma-reference §5.6). What is not known, or has a value that is none, provides nothing.
 */
export function readProvided(transformations: Iterable<XmlElement>): ProvidedPresence {
  const found: { -readonly [K in keyof ProvidedPresence]: ProvidedPresence[K] } = { ...NOTHING_PROVIDED };
  const attributes: AttributePermission[] = [];
  const unknown: { namespace: string; name: string }[] = [];
  let all = false;
  for (const element of transformations) {
    const { namespace, name } = element;
    if (namespace !== PRES_RULES_NAMESPACE && namespace !== OMA_PRES_RULES_NAMESPACE) continue;
    const value = xmlCollapsed(element.text);
    const permission = PERMISSIONS.get(name);
    if (permission !== undefined) {
      if (permission === "geopriv" ? value === "full" || isTrue(value) : isTrue(value)) attributes.push(permission);
    } else if (name === "provide-services") {
      found.services = selectors<ServiceSelector>(found.services, element, SERVICES);
    } else if (name === "provide-persons") found.persons = selectors<PersonSelector>(found.persons, element, PERSONS);
    else if (name === "provide-devices") found.devices = selectors<DeviceSelector>(found.devices, element, DEVICES);
    else if (name === "provide-user-input") found.userInput = greater(found.userInput, value);
    else if (name === "provide-all-attributes") all = true;
    else if (name === "provide-unknown-attribute" && isTrue(value)) {
      unknown.push({ namespace: xmlAttribute(element, "ns") ?? "", name: xmlAttribute(element, "name") ?? "" });
    }
  }
  return { ...found, attributes: all ? "all" : attributes, unknown };
}

function isTrue(value: string): boolean {
  return value === "true" || value === "1";
}

function greater(a: ProvidedUserInput, value: string): ProvidedUserInput {
  return USER_INPUT_VALUES[
    Math.max(USER_INPUT_VALUES.indexOf(a), USER_INPUT_VALUES.indexOf(value as ProvidedUserInput))
  ];
}

function selectors<S extends OccurrenceSelector<string>>(
  before: "all" | readonly S[],
  element: XmlElement,
  known: readonly S["by"][],
): "all" | readonly S[] {
  if (before === "all") return before;
  const found = [...before];
  for (const child of element.children) {
    if (child.namespace !== PRES_RULES_NAMESPACE && child.namespace !== OMA_PRES_RULES_NAMESPACE) continue;
    if (child.name === `all-${element.name.slice("provide-".length)}`) return "all";
    const by = known.find((name) => name === child.name);
    if (by !== undefined) found.push({ by, value: xmlCollapsed(child.text) } as S);
  }
  return found;
}

import { parseXmlFragment, xmlAttribute, xmlChild, xmlChildren, type XmlElement, xmlTrim } from "../xml/mod.ts";
import { timeOf } from "./date_time.ts";
import { locationOf, type PresenceLocation } from "./location.ts";
import {
  CIPID_NAMESPACE as CI,
  DATA_MODEL_NAMESPACE as DM,
  OMA_PRESENCE_EXTENSIONS_NAMESPACE as OPD,
  OMA_PRESENCE_NAMESPACE as OP,
  OWN_SCOPE,
  PIDF_NAMESPACE as PIDF,
  RPID_NAMESPACE as RPID,
} from "./names.ts";
import { elementName, type PresenceComponent } from "./presence_component.ts";
import type {
  Activeness,
  DeviceContent,
  Openness,
  PersonContent,
  PresenceNote,
  RpidValues,
  ServiceContent,
  UserInput,
} from "./presence_content.ts";

/** What a tuple says, as far as it is known here. Values that are none are left out. */
export function serviceOf(component: PresenceComponent): ServiceContent {
  const element = elementOf(component);
  const status = xmlChild(element, PIDF, "status");
  const service = xmlChild(element, OP, "service-description");
  const contact = xmlChild(element, PIDF, "contact");
  const priority = contact === undefined ? undefined : xmlAttribute(contact, "priority");
  return said<ServiceContent>({
    id: component.ids[0],
    basic: openness(status, PIDF),
    serviceId: textIn(service, OP, "service-id"),
    serviceVersion: textIn(service, OP, "version"),
    description: textIn(service, OP, "description"),
    contact: contact === undefined ? undefined : xmlTrim(contact.text),
    // RFC 3863 §4.1.5: what is out of range is as good as not there.
    priority: priority !== undefined && /^(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)$/.test(priority)
      ? Number(priority)
      : undefined,
    willingness: openness(xmlChild(element, OP, "willingness"), OP),
    sessionParticipation: openness(xmlChild(element, OP, "session-participation"), OP),
    registrationState: activeness(textIn(element, OP, "registration-state")),
    barringState: activeness(textIn(element, OP, "barring-state")),
    deviceIds: unlessEmpty(component.deviceIds),
    className: textIn(element, RPID, "class"),
    userInput: userInputOf(element),
    location: locationIn(component),
    notes: unlessEmpty(notesIn(element, PIDF)),
    timestamp: numberOf(component.timestamp),
  });
}

/** What a person says, as far as it is known here. */
export function personOf(component: PresenceComponent): PersonContent {
  const element = elementOf(component);
  const override = xmlChild(element, OP, "overriding-willingness");
  const value = openness(override, OP);
  const until = override === undefined ? NaN : timeOf(xmlAttribute(override, "until", OPD) ?? "");
  const offset = textIn(element, RPID, "time-offset");
  return said<PersonContent>({
    id: component.ids[0],
    activities: unlessEmpty(xmlChildren(element, RPID, "activities").map(valuesOf)),
    mood: unlessEmpty(xmlChildren(element, RPID, "mood").map(valuesOf)),
    className: textIn(element, RPID, "class"),
    sphere: sphereIn(element),
    statusIcon: textIn(element, RPID, "status-icon"),
    timeOffset: offset !== undefined && /^[-+]?[0-9]{1,4}$/.test(offset) ? Number(offset) : undefined,
    userInput: userInputOf(element),
    overridingWillingness: value === undefined ? undefined : said({ value, until: numberOf(until) }),
    displayName: textIn(element, CI, "display-name"),
    icon: textIn(element, CI, "icon"),
    homepage: textIn(element, CI, "homepage"),
    location: locationIn(component),
    notes: unlessEmpty(notesIn(element, DM)),
    timestamp: numberOf(component.timestamp),
  });
}

/** What a device says, as far as it is known here. */
export function deviceOf(component: PresenceComponent): DeviceContent {
  const element = elementOf(component);
  const availability = xmlChild(element, OP, "network-availability");
  return said<DeviceContent>({
    id: component.ids[0],
    deviceId: component.deviceIds[0] ?? "",
    networks: availability === undefined ? undefined : xmlChildren(availability, OP, "network").flatMap((network) => {
      const state = activeness(network.children[0]?.name);
      return state === undefined ? [] : [{ id: xmlAttribute(network, "id") ?? "", state }];
    }),
    className: textIn(element, RPID, "class"),
    userInput: userInputOf(element),
    location: locationIn(component),
    notes: unlessEmpty(notesIn(element, DM)),
    timestamp: numberOf(component.timestamp),
  });
}

/** The sphere of a person (RFC 4480 §3.11): the word, or the name of the element; undefined for none. */
export function sphereIn(person: XmlElement): string | undefined {
  const sphere = xmlChild(person, RPID, "sphere");
  if (sphere === undefined) return undefined;
  return sphere.children[0]?.name ?? xmlTrim(sphere.text);
}

/** The component as an element, in our prefixes. */
export function elementOf({ kind, content }: PresenceComponent): XmlElement {
  const name = elementName(kind);
  return parseXmlFragment(`<${name}>${content}</${name}>`, OWN_SCOPE, FRAGMENT_LIMITS);
}

/** The content was read within limits already. */
const FRAGMENT_LIMITS = { characters: Infinity, depth: 64, elements: Infinity, attributes: Infinity };

function textIn(parent: XmlElement | undefined, namespace: string, name: string): string | undefined {
  const found = parent === undefined ? undefined : xmlChild(parent, namespace, name);
  return found === undefined ? undefined : xmlTrim(found.text);
}

function openness(parent: XmlElement | undefined, namespace: string): Openness | undefined {
  const value = textIn(parent, namespace, "basic");
  return value === "open" || value === "closed" ? value : undefined;
}

function activeness(value: string | undefined): Activeness | undefined {
  return value === "active" || value === "terminated" ? value : undefined;
}

function notesIn(parent: XmlElement, namespace: string): PresenceNote[] {
  return xmlChildren(parent, namespace, "note").map((note) => ({
    text: xmlTrim(note.text),
    language: note.attributes.find(({ name, prefix }) => name === "lang" && prefix === "xml")?.value ?? "",
  }));
}

function userInputOf(parent: XmlElement): UserInput | undefined {
  const input = xmlChild(parent, RPID, "user-input");
  const value = input === undefined ? "" : xmlTrim(input.text);
  if (input === undefined || (value !== "active" && value !== "idle")) return undefined;
  return said<UserInput>({
    value,
    idleThreshold: numberOf(Number(xmlAttribute(input, "idle-threshold") ?? NaN)),
    lastInput: numberOf(timeOf(xmlAttribute(input, "last-input") ?? "")),
  });
}

function valuesOf(list: XmlElement): RpidValues {
  const isValue = ({ namespace, name }: XmlElement) => namespace !== RPID || (name !== "note" && name !== "other");
  return said<RpidValues>({
    values: list.children.filter(isValue).map(({ name }) => name),
    others: xmlChildren(list, RPID, "other").map(({ text }) => xmlTrim(text)),
    notes: notesIn(list, RPID),
    from: numberOf(timeOf(xmlAttribute(list, "from") ?? "")),
    until: numberOf(timeOf(xmlAttribute(list, "until") ?? "")),
  });
}

function locationIn({ attributes }: PresenceComponent): PresenceLocation | undefined {
  for (const attribute of attributes) {
    const location = locationOf(attribute);
    if (location !== null) return location;
  }
  return undefined;
}

function numberOf(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : value;
}

function unlessEmpty<T>(all: readonly T[]): readonly T[] | undefined {
  return all.length === 0 ? undefined : all;
}

/** Without what was not said, so that "not there" has one form. */
function said<T>(content: { [K in keyof T]: T[K] | undefined }): T {
  for (const key in content) if (content[key] === undefined) delete content[key];
  return content as T;
}

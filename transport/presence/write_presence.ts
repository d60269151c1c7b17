import { escapeXml } from "../xml/mod.ts";
import { dateTimeText } from "./date_time.ts";
import { locationText } from "./location.ts";
import { declarationsOf, OWN_PREFIXES } from "./names.ts";
import type {
  DeviceContent,
  PersonContent,
  PresenceContent,
  PresenceNote,
  RpidValues,
  ServiceContent,
  UserInput,
} from "./presence_content.ts";

/**
 * A whole document, `application/pidf+xml`. URIs, ids and texts may hold anything, names of elements (of RPID's lists, civic
 * addresses) must be names.
 */
export function writePresence({ entity, services, persons, devices, notes }: PresenceContent): string {
  let content = "";
  for (const service of services ?? []) content += serviceText(service) + "\n";
  for (const note of notes ?? []) content += noteText("note", note) + "\n";
  for (const person of persons ?? []) content += personText(person) + "\n";
  for (const device of devices ?? []) content += deviceText(device) + "\n";
  let bits = 0;
  for (const { prefix, bit } of OWN_PREFIXES) if (prefix !== "" && usesPrefix(content, prefix)) bits |= bit;
  const root = `<presence${declarationsOf(bits)} entity="${escapeXml(entity)}">`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root}\n${content}</presence>\n`;
}

/** Text of people cannot hold these: `<` and `"` are escaped in it. */
function usesPrefix(content: string, prefix: string): boolean {
  return content.includes(`<${prefix}:`) || content.includes(` ${prefix}:`);
}

function serviceText(service: ServiceContent): string {
  const { serviceId, contact, priority } = service;
  const contactTag = priority === undefined ? "contact" : `contact priority="${Number(priority.toFixed(3))}"`;
  return `<tuple id="${escapeXml(service.id)}">` +
    `<status>${leaf("basic", service.basic)}</status>` +
    (serviceId === undefined
      ? ""
      : `<op:service-description>${leaf("op:service-id", serviceId)}${
        leaf("op:version", service.serviceVersion ?? "1.0")
      }${leaf("op:description", service.description)}</op:service-description>`) +
    basicIn("op:willingness", service.willingness) +
    basicIn("op:session-participation", service.sessionParticipation) +
    stateIn("op:registration-state", service.registrationState) +
    stateIn("op:barring-state", service.barringState) +
    leaf("rpid:class", service.className) +
    userInputText(service.userInput) +
    (service.location === undefined ? "" : locationText(service.location)) +
    (service.deviceIds ?? []).map((id) => leaf("dm:deviceID", id)).join("") +
    (contact === undefined ? "" : `<${contactTag}>${escapeXml(contact)}</contact>`) +
    (service.notes ?? []).map((note) => noteText("note", note)).join("") +
    leaf("timestamp", timeText(service.timestamp)) +
    "</tuple>";
}

function personText(person: PersonContent): string {
  const { overridingWillingness: override, timeOffset } = person;
  const until = override?.until === undefined ? "" : ` opd:until="${dateTimeText(override.until)}"`;
  return `<dm:person id="${escapeXml(person.id)}">` +
    (person.activities ?? []).map((values) => valuesText("activities", values)).join("") +
    (person.mood ?? []).map((values) => valuesText("mood", values)).join("") +
    leaf("rpid:class", person.className) +
    leaf("rpid:sphere", person.sphere) +
    leaf("rpid:status-icon", person.statusIcon) +
    leaf("rpid:time-offset", timeOffset === undefined ? undefined : `${timeOffset}`) +
    userInputText(person.userInput) +
    (override === undefined
      ? ""
      : `<op:overriding-willingness${until}>${leaf("op:basic", override.value)}</op:overriding-willingness>`) +
    leaf("ci:display-name", person.displayName) +
    leaf("ci:icon", person.icon) +
    leaf("ci:homepage", person.homepage) +
    (person.location === undefined ? "" : locationText(person.location)) +
    (person.notes ?? []).map((note) => noteText("dm:note", note)).join("") +
    leaf("dm:timestamp", timeText(person.timestamp)) +
    "</dm:person>";
}

function deviceText(device: DeviceContent): string {
  const networks = (device.networks ?? []).map(({ id, state }) =>
    `<op:network id="${escapeXml(id)}"><op:${state}/></op:network>`
  ).join("");
  return `<dm:device id="${escapeXml(device.id)}">` +
    (device.networks === undefined ? "" : `<op:network-availability>${networks}</op:network-availability>`) +
    leaf("rpid:class", device.className) +
    userInputText(device.userInput) +
    (device.location === undefined ? "" : locationText(device.location)) +
    leaf("dm:deviceID", device.deviceId) +
    (device.notes ?? []).map((note) => noteText("dm:note", note)).join("") +
    leaf("dm:timestamp", timeText(device.timestamp)) +
    "</dm:device>";
}

function leaf(name: string, value: string | undefined): string {
  return value === undefined ? "" : `<${name}>${escapeXml(value)}</${name}>`;
}

function basicIn(name: string, value: string | undefined): string {
  return value === undefined ? "" : `<${name}><op:basic>${value}</op:basic></${name}>`;
}

function stateIn(name: string, value: string | undefined): string {
  return value === undefined ? "" : `<${name}>${value}</${name}>`;
}

function noteText(name: string, { text, language }: PresenceNote): string {
  return `<${name}${language === "" ? "" : ` xml:lang="${escapeXml(language)}"`}>${escapeXml(text)}</${name}>`;
}

function userInputText(input: UserInput | undefined): string {
  if (input === undefined) return "";
  const { value, idleThreshold, lastInput } = input;
  const threshold = idleThreshold === undefined ? "" : ` idle-threshold="${idleThreshold}"`;
  const last = lastInput === undefined ? "" : ` last-input="${dateTimeText(lastInput)}"`;
  return `<rpid:user-input${threshold}${last}>${value}</rpid:user-input>`;
}

function valuesText(name: string, { values, others, notes, from, until }: RpidValues): string {
  const span = (from === undefined ? "" : ` from="${dateTimeText(from)}"`) +
    (until === undefined ? "" : ` until="${dateTimeText(until)}"`);
  return `<rpid:${name}${span}>` + notes.map((note) => noteText("rpid:note", note)).join("") +
    values.map((value) => `<rpid:${value}/>`).join("") +
    others.map((other) => leaf("rpid:other", other)).join("") + `</rpid:${name}>`;
}

function timeText(at: number | undefined): string | undefined {
  return at === undefined ? undefined : dateTimeText(at);
}

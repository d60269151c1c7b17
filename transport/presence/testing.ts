/** For tests alone. */
import { type XmlElement, xmlTrim } from "../xml/mod.ts";
import { parsePresence, parsePresenceXml } from "./read_presence.ts";
import { compose, type Composition, type PresenceSource } from "./compose.ts";
import { EVERYTHING_PROVIDED, NOTHING_PROVIDED, type ProvidedPresence } from "./provided_presence.ts";
import { PresenceRights } from "./presence_rights.ts";

export const ALL = new PresenceRights(EVERYTHING_PROVIDED);

export function rights(provided: Partial<ProvidedPresence>): PresenceRights {
  return new PresenceRights({ ...NOTHING_PROVIDED, ...provided });
}

export const NOW = Date.parse("2026-11-21T12:00:00Z");

/** Documents by what they say: names with namespaces, attributes sorted, no white space around texts, no comments. */
export function meaning(element: XmlElement): string {
  const attributes = element.attributes.map(({ namespace, name, value }) => ` {${namespace}}${name}=${value}`).sort();
  const content = element.children.length === 0 ? xmlTrim(element.text) : element.children.map(meaning).join("");
  return `<{${element.namespace}}${element.name}${attributes.join("")}>${content}</>`;
}

/** What the children of the root say, and theirs, in any order; without their ids. */
export function meanings(text: string): string[] {
  const each = ({ namespace, name, children, text }: XmlElement) =>
    `{${namespace}}${name}: ${children.length === 0 ? xmlTrim(text) : children.map(meaning).sort().join(" ")}`;
  return parsePresenceXml(text).root.children.map(each).sort();
}

const HEAD = 'xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model" ' +
  'xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid" xmlns:op="urn:oma:xml:prs:pidf:oma-pres" ' +
  'xmlns:opd="urn:oma:xml:pde:pidf:ext" xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10"';

export function presence(content: string): string {
  return `<presence ${HEAD} entity="sip:a@b">${content}</presence>`;
}

/** Sources in this order, each a second later than the one before, the first an hour ago. */
export function sources(...contents: readonly string[]): PresenceSource[] {
  return contents.map((content, index) => ({
    key: `s${index}`,
    document: parsePresence(presence(content)),
    publishedAt: NOW - 3_600_000 + index * 1000,
  }));
}

export function composed(...contents: readonly string[]): Composition {
  return compose("sip:a@b", sources(...contents), NOW);
}

/** All of a composition, each part a line; ids left out. */
export function lines(composition: Composition, watcher = ALL): string[] {
  return composition.view(watcher).text.split("\n").slice(2, -2).map((line) => line.replace(/ id="[^"]*"/, ""));
}

import { detached } from "../../../foundation/mod.ts";
import { xmlAttribute, xmlCollapsed, type XmlElement } from "../../../transport/xml/mod.ts";
import { tryParseUri } from "../../../transport/sip/mod.ts";
import { addressOf } from "../../sip_core/mod.ts";
import { foldedAddress, ownerOfXui } from "../usages/references.ts";
import { CONDITION_LIMITS } from "./condition.ts";
import type { FieldType, SearchField } from "./search_target.ts";

/** A value of a field: as its owner wrote it, and as it is compared. */
export interface Value {
  readonly text: string;
  readonly key: string;
}

/** Values of one field of one profile that can be found; further ones cannot. */
const VALUES = 64;
/** Elements looked at for one field. */
const ELEMENTS = 2000;

/**
 * What of a text is compared. Texts are the same where they differ in case or in runs of white space alone; "" for what compares
 * with nothing.
 */
export function keyOf(text: string, type: FieldType): string {
  const plain = xmlCollapsed(text);
  switch (type) {
    case "date":
      return dayOf(plain);
    case "address":
      return (plain.includes(":") ? foldedAddress(plain) : ownerOfXui(plain)) || folded(plain);
    case "contact":
      return numberIn(plain) === "" ? folded(plain.replace(/^mailto:/i, "")) : "";
    case "text":
      return folded(plain);
  }
}

/** `YYYY-MM-DD` of a date with or without a zone; "" for years that nobody was born in. */
export function dayOf(text: string): string {
  return /^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:Z|[+-][0-9]{2}:[0-9]{2})?$/.test(text) ? text.slice(0, 10) : "";
}

/** Whether it is a day that there is, written as `YYYY-MM-DD`. */
export function isDay(text: string): boolean {
  const at = dayOf(text) === text ? Date.parse(`${text}T00:00:00Z`) : NaN;
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

/** A telephone number in any writing, with its plus where it has one: `+1 (555) 0100`, `tel:…`, `sip:+…;user=phone`; "" for none. */
export function numberIn(text: string): string {
  const uri = /^(?:tel|sips?):/i.test(text) ? tryParseUri(text) : null;
  if (uri !== null && addressOf(uri).number !== "") return addressOf(uri).number;
  const bare = text.replace(/^tel:/i, "");
  return /^[+(]{0,2}[0-9][0-9 ().\/-]{2,40}$/.test(bare) ? bare.replace(/[^+0-9]/g, "") : "";
}

/** The values of a field below an element; those that no query can name are left out. */
export function valuesOf(element: XmlElement, field: SearchField): Value[] {
  const values: Value[] = [];
  for (const text of textsAt(element, field)) {
    if (text.length > CONDITION_LIMITS.value) continue;
    const key = keyOf(text, field.type);
    if (key === "") continue;
    // What is kept must not keep the document; most texts are written as they are compared, and then one string is enough.
    const kept = detached(key);
    values.push({ text: key === text ? kept : detached(text), key: kept });
    if (values.length === VALUES) break;
  }
  return values;
}

/** Whether a field says anything at all. */
export function isFilled(element: XmlElement, field: SearchField): boolean {
  for (const text of textsAt(element, field)) if (text !== "") return true;
  return false;
}

function* textsAt(element: XmlElement, { path }: SearchField): Generator<string> {
  let at: XmlElement[] = [element];
  let looked = 0;
  for (const { namespace, name } of path) {
    if (name.startsWith("@")) {
      for (const one of at) {
        const value = xmlAttribute(one, name.slice(1), namespace);
        if (value !== undefined) yield xmlCollapsed(value);
      }
      return;
    }
    const next: XmlElement[] = [];
    for (const one of at) {
      for (const child of one.children) {
        if (++looked > ELEMENTS) break;
        if (child.name === name && child.namespace === namespace) next.push(child);
      }
    }
    at = next;
  }
  for (const { text } of at) yield xmlCollapsed(text);
}

function folded(text: string): string {
  return text.normalize("NFC").toLowerCase();
}

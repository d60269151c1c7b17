/**
 * Lists of URIs in a body: who is to be invited, to get a message, or to be referred to (RFC 5363, 5365, 5366, 5368), as resource lists
 * (RFC 4826) with copy control (RFC 5364).
 */
import { detached } from "../../foundation/mod.ts";
import { parseUri, type Uri } from "../sip/mod.ts";
import {
  parseXmlOctets,
  xmlAttribute,
  type XmlDocument,
  type XmlElement,
  type XmlLimits,
  XmlProblem,
  xmlTrim,
} from "../xml/mod.ts";
import { digits } from "./digits.ts";

export const RESOURCE_LISTS_TYPE = "application/resource-lists+xml";
export const RESOURCE_LISTS_NAMESPACE = "urn:ietf:params:xml:ns:resource-lists";
export const COPY_CONTROL_NAMESPACE = "urn:ietf:params:xml:ns:copycontrol";

export type CopyControl = "to" | "cc" | "bcc";

/** One URI of a list. */
export interface UriListEntry {
  /** As written: may have headers (`?Replaces=…`) and a method for what is to be sent to it. */
  readonly uri: Uri;
  /**
   * The same without headers, password and `method`: what may be shown to others. Equal for all that reach the same: scheme and host
   * lower-case, no default port, numbers without visual separators (RFC 3261 §19.1.4, RFC 3966 §5), `sips` as `sip`.
   */
  readonly address: string;
  /** "" for none. The sender's name for it. */
  readonly displayName: string;
  /** `bcc` where the list does not say (RFC 5364 §4). */
  readonly copyControl: CopyControl;
  /** The list says so itself. */
  readonly isTagged: boolean;
  /** Is to be nobody's in the list of recipients that others get. */
  readonly anonymize: boolean;
  /** Of equal entries, in lists of recipients that others got: 1 where it does not say. */
  readonly count: number;
  /** In the body, from 1. */
  readonly line: number;
}

/** A list, with the lists in it flattened, in the order of the document. */
export interface UriList {
  readonly entries: readonly UriListEntry[];
  /** `external` and `entry-ref` that were passed over: a request carries what it means (RFC 5366 §4). */
  readonly references: number;
}

export interface UriListLimits {
  readonly xml: XmlLimits;
  /** Entries, those that are there twice included. */
  readonly entries: number;
  /** Lists inside of lists. */
  readonly depth: number;
  /** Characters of one URI. */
  readonly uri: number;
  /** Characters of one name: what is longer is cut. */
  readonly name: number;
}

export const URI_LIST_LIMITS: UriListLimits = {
  xml: { characters: 262_144, depth: 24, elements: 8192, attributes: 32 },
  entries: 2000,
  depth: 8,
  uri: 2048,
  name: 256,
};

/** A list that is refused. `message` says which entry, where, and what is allowed. */
export class UriListProblem extends SyntaxError {
  /** `not-a-list`: the body is something else. */
  readonly kind: "malformed" | "too-large" | "not-a-list";
  /** From 1, in the order of the document; 0 where it is no entry's. */
  readonly entry: number;
  constructor(kind: UriListProblem["kind"], message: string, entry = 0, options?: ErrorOptions) {
    super(message, options);
    this.name = "UriListProblem";
    this.kind = kind;
    this.entry = entry;
  }

  get status(): 400 | 413 | 415 {
    return this.kind === "malformed" ? 400 : this.kind === "too-large" ? 413 : 415;
  }
}

/** Reads a body of `application/resource-lists+xml`. Elements and attributes of others are passed over. Throws UriListProblem. */
export function readUriList(body: Uint8Array, limits: UriListLimits = URI_LIST_LIMITS): UriList {
  const document = parsed(body, limits);
  const { root } = document;
  if (root.name !== "resource-lists" || root.namespace !== RESOURCE_LISTS_NAMESPACE) {
    const found = `the root is {${root.namespace.slice(0, 80)}}${root.name.slice(0, 80)}`;
    throw new UriListProblem("malformed", `${found}; allowed: {${RESOURCE_LISTS_NAMESPACE}}resource-lists`);
  }
  const reader = new UriListReader(document.text, limits);
  reader.lists(root, 0);
  return reader;
}

function parsed(body: Uint8Array, limits: UriListLimits): XmlDocument {
  try {
    return parseXmlOctets(body, limits.xml);
  } catch (error) {
    if (!(error instanceof XmlProblem)) throw error;
    const kind = error.kind === "too-large" ? "too-large" : "malformed";
    throw new UriListProblem(kind, error.message, 0, { cause: error });
  }
}

class UriListReader implements UriList {
  readonly entries: UriListEntry[] = [];
  references = 0;
  readonly #text: string;
  readonly #limits: UriListLimits;
  /** Lines are counted on from the last entry. */
  #line = 1;
  #lineAt = 0;

  constructor(text: string, limits: UriListLimits) {
    this.#text = text;
    this.#limits = limits;
  }

  lists(parent: XmlElement, depth: number): void {
    for (const child of parent.children) {
      if (child.namespace !== RESOURCE_LISTS_NAMESPACE) continue;
      if (child.name === "list") this.#list(child, depth + 1);
      else if (depth === 0) continue;
      else if (child.name === "entry") this.#entry(child);
      else if (child.name === "external" || child.name === "entry-ref") this.references++;
    }
  }

  #list(list: XmlElement, depth: number): void {
    if (depth > this.#limits.depth) {
      throw new UriListProblem(
        "too-large",
        `line ${this.#lineOf(list.start)}: lists more than ${this.#limits.depth} deep`,
      );
    }
    this.lists(list, depth);
  }

  #entry(element: XmlElement): void {
    const number = this.entries.length + 1;
    const line = this.#lineOf(element.start);
    const problem = (why: string, kind: UriListProblem["kind"] = "malformed") =>
      new UriListProblem(kind, `entry ${number} (line ${line}): ${why}`, number);
    if (number > this.#limits.entries) throw problem(`more than ${this.#limits.entries} entries`, "too-large");
    const text = xmlTrim(xmlAttribute(element, "uri") ?? "");
    if (text === "") throw problem("no uri");
    if (text.length > this.#limits.uri) throw problem(`a uri of more than ${this.#limits.uri} characters`, "too-large");
    const written = attributeOf(element, "copyControl");
    const copyControl = written ?? "bcc";
    if (copyControl !== "to" && copyControl !== "cc" && copyControl !== "bcc") {
      throw problem(`copyControl ${shown(copyControl)}; allowed: to, cc, bcc`);
    }
    const anonymize = attributeOf(element, "anonymize") ?? "false";
    if (!/^(?:true|false|1|0)$/.test(anonymize)) throw problem(`anonymize ${shown(anonymize)}; allowed: true, false`);
    const count = digits(attributeOf(element, "count") ?? "1", 0x7fff_ffff);
    if (count < 0) throw problem(`count ${shown(attributeOf(element, "count")!)}; allowed: numbers up to 2147483647`);
    let uri: Uri;
    try {
      uri = parseUri(text);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      throw problem(error.message);
    }
    this.entries.push({
      uri,
      address: detached(addressText(uri)),
      displayName: this.#nameOf(element),
      copyControl,
      isTagged: written !== undefined,
      anonymize: anonymize === "true" || anonymize === "1",
      count,
      line,
    });
  }

  #nameOf(entry: XmlElement): string {
    const element = entry.children.find(({ name, namespace }) =>
      name === "display-name" && namespace === RESOURCE_LISTS_NAMESPACE
    );
    return element === undefined ? "" : detached(xmlTrim(element.text).slice(0, this.#limits.name).toWellFormed());
  }

  #lineOf(at: number): number {
    for (let i = this.#text.indexOf("\n", this.#lineAt); i >= 0 && i < at; i = this.#text.indexOf("\n", i + 1)) {
      this.#line++;
      this.#lineAt = i + 1;
    }
    return this.#line;
  }
}

/** RFC 5366 itself writes the namespace as `copyControl` in one example: what is said there for privacy is heard. */
function attributeOf(entry: XmlElement, name: string): string | undefined {
  for (const attribute of entry.attributes) {
    if (attribute.name !== name || attribute.namespace.toLowerCase() !== COPY_CONTROL_NAMESPACE) continue;
    return xmlTrim(attribute.value);
  }
  return undefined;
}

/** For schemes that nobody here knows: as written. */
function addressText(uri: Uri): string {
  const { scheme, text } = uri;
  if (scheme !== "sip" && scheme !== "sips" && scheme !== "tel") {
    return `${scheme}${text.slice(scheme.length)}`;
  }
  let params = "";
  for (const [name, value] of [...uri.params].sort(([a], [b]) => a < b ? -1 : 1)) {
    const isDefault = scheme !== "tel" && (name === "method" || (name === "user" && value.toLowerCase() !== "phone"));
    if (!isDefault) params += value === "" ? `;${name}` : `;${name}=${value}`;
  }
  if (scheme === "tel") return `tel:${uri.user.replace(/[-.()]/g, "").toLowerCase()}${params}`;
  const host = uri.host.includes(":") ? `[${uri.host}]` : uri.host;
  const isDefault = uri.port === 0 || uri.port === (scheme === "sips" ? 5061 : 5060);
  return `sip:${uri.user === "" ? "" : `${unescaped(uri.user)}@`}${host}${isDefault ? "" : `:${uri.port}`}${params}`;
}

/** Escapes of characters that need none undone, the others with upper-case digits. */
function unescaped(user: string): string {
  return user.replace(/%([0-9A-Fa-f]{2})/g, (escape, hex) => {
    const character = String.fromCharCode(parseInt(hex, 16));
    return /[A-Za-z0-9\-_.!~*'()&=+$,;?\/]/.test(character) ? character : escape.toUpperCase();
  });
}

function shown(value: string): string {
  return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
}

import { detached } from "../../foundation/mod.ts";
import {
  namespaceOf,
  xmlAttribute,
  xmlChild,
  xmlChildren,
  xmlCollapsed,
  type XmlDocument,
  type XmlElement,
  type XmlLimits,
  xmlTrim,
} from "../xml/mod.ts";
import { type FilterPath, parseFilterPath } from "./filter_expression.ts";
import { FilterProblem } from "./filter_problem.ts";
import { numberOf } from "./filter_select.ts";
import type { FilterChange, FilterTrigger } from "./filter_trigger.ts";
import type { FilterSelector, FilterWhat } from "./filter_what.ts";
import { placeIn, PresenceProblem } from "./presence_problem.ts";
import { parsePresenceXml } from "./read_presence.ts";

export const SIMPLE_FILTER_NAMESPACE = "urn:ietf:params:xml:ns:simple-filter";
export const SIMPLE_FILTER_TYPE = "application/simple-filter+xml";

/**
 * What one set of filters may hold: more is refused. `expressions` as RFC 4660 §8 recommends; `parts` are the levels and
 * comparisons of all of them, each of which may cost a walk through the document.
 */
export const FILTER_LIMITS = {
  xml: { characters: 65_536, depth: 16, elements: 500, attributes: 32 } satisfies XmlLimits,
  filters: 20,
  bindings: 32,
  expressions: 40,
  parts: 160,
} as const;

/** One filter (RFC 4661 §3.4). */
export interface EventFilter {
  readonly id: string;
  /** What it is for: at most one of the two is not "". With neither it is what the subscription is to. */
  readonly uri: string;
  readonly domain: string;
  readonly remove: boolean;
  readonly enabled: boolean;
  /** Whether it says what and when at all; one that is only switched on or off need not. */
  readonly says: boolean;
  /** Null for everything. */
  readonly what: FilterWhat | null;
  /** None for every change. */
  readonly triggers: readonly FilterTrigger[];
}

export interface FilterSet {
  /** "" where it does not say. */
  readonly eventPackage: string;
  readonly filters: readonly EventFilter[];
}

/** Reads the body of a SUBSCRIBE as filters, with all expressions compiled. Throws FilterProblem. */
export function readFilterSet(contentType: string, body: Uint8Array | string): FilterSet {
  const type = contentType.split(";", 1)[0].trim().toLowerCase();
  if (type !== SIMPLE_FILTER_TYPE) {
    throw new FilterProblem(415, `the body is "${type.slice(0, 80)}"; allowed: ${SIMPLE_FILTER_TYPE}`);
  }
  let document: XmlDocument;
  try {
    document = parsePresenceXml(body, FILTER_LIMITS.xml);
  } catch (error) {
    if (!(error instanceof PresenceProblem)) throw error;
    throw new FilterProblem(error.status, error.message, { cause: error });
  }
  return new FilterSetReader(document).read();
}

class FilterSetReader {
  readonly #document: XmlDocument;
  readonly #bindings = new Map<string, string>();
  #expressions = 0;
  #parts = 0;

  constructor(document: XmlDocument) {
    this.#document = document;
  }

  read(): FilterSet {
    const { root } = this.#document;
    if (root.name !== "filter-set" || root.namespace !== SIMPLE_FILTER_NAMESPACE) {
      const allowed = `allowed: {${SIMPLE_FILTER_NAMESPACE}}filter-set`;
      throw this.#problem(root, `the root is {${root.namespace}}${root.name}; ${allowed}`);
    }
    for (const group of children(root, "ns-bindings")) this.#bind(group);
    const found = children(root, "filter");
    if (found.length === 0) throw this.#problem(root, "a filter-set without a filter");
    if (found.length > FILTER_LIMITS.filters) throw this.#problem(root, `more than ${FILTER_LIMITS.filters} filters`);
    const filters: EventFilter[] = [];
    for (const element of found) {
      const filter = this.#filter(element);
      if (filters.some(({ id }) => id === filter.id)) {
        throw this.#problem(element, `the id "${filter.id.slice(0, 40)}" is another filter's`);
      }
      filters.push(filter);
    }
    return { eventPackage: detached(xmlAttribute(root, "package") ?? "").toLowerCase(), filters };
  }

  #bind(group: XmlElement): void {
    for (const binding of children(group, "ns-binding")) {
      if (this.#bindings.size >= FILTER_LIMITS.bindings) {
        throw this.#problem(binding, `more than ${FILTER_LIMITS.bindings} ns-bindings`);
      }
      const prefix = xmlTrim(xmlAttribute(binding, "prefix") ?? "");
      const urn = xmlTrim(xmlAttribute(binding, "urn") ?? "");
      if (prefix === "" || urn === "") throw this.#problem(binding, "an ns-binding without prefix or urn");
      this.#bindings.set(prefix, detached(urn));
    }
  }

  #filter(element: XmlElement): EventFilter {
    const id = xmlTrim(xmlAttribute(element, "id") ?? "");
    if (id === "" || id.length > 256) throw this.#problem(element, "a filter without an id of at most 256 characters");
    const uri = xmlTrim(xmlAttribute(element, "uri") ?? "");
    const domain = xmlTrim(xmlAttribute(element, "domain") ?? "").toLowerCase();
    if (uri !== "" && domain !== "") throw this.#problem(element, "a filter with both uri and domain");
    const what = xmlChild(element, SIMPLE_FILTER_NAMESPACE, "what");
    const triggers = children(element, "trigger");
    return {
      id: detached(id),
      uri: detached(uri),
      domain: detached(domain),
      remove: this.#boolean(element, "remove", false),
      enabled: this.#boolean(element, "enabled", true),
      says: what !== undefined || triggers.length > 0,
      what: what === undefined ? null : this.#what(what),
      triggers: triggers.map((trigger) => this.#trigger(trigger)).filter((one) => one.length > 0),
    };
  }

  /** RFC 4660 §5.4: an empty one is none. */
  #what(element: XmlElement): FilterWhat | null {
    const include = children(element, "include").map((one) => this.#selector(one));
    const exclude = children(element, "exclude").map((one) => this.#selector(one));
    return include.length + exclude.length === 0 ? null : { include, exclude };
  }

  #selector(element: XmlElement): FilterSelector {
    const type = xmlAttribute(element, "type") ?? "xpath";
    if (type === "xpath") return { type, path: this.#path(element) };
    if (type !== "namespace") {
      throw this.#problem(element, `the type "${type.slice(0, 40)}" is unknown; allowed: xpath, namespace`);
    }
    const namespace = xmlCollapsed(element.text);
    if (namespace === "") throw this.#problem(element, `${element.name} without a namespace`);
    this.#count(element);
    return { type, namespace: detached(namespace) };
  }

  #trigger(element: XmlElement): FilterTrigger {
    const changes: FilterChange[] = [];
    for (const child of element.children) {
      if (child.namespace !== SIMPLE_FILTER_NAMESPACE) continue;
      const { name } = child;
      if (name !== "changed" && name !== "added" && name !== "removed") continue;
      const path = this.#path(child);
      if (path.steps.some(({ condition }) => condition !== null)) {
        throw this.#problem(child, `${name} takes a reference without conditions`);
      }
      changes.push(name === "changed" ? this.#changed(child, path) : { kind: name, path });
    }
    return changes;
  }

  #changed(element: XmlElement, path: FilterPath): FilterChange {
    const value = (name: string) => {
      const written = xmlAttribute(element, name);
      return written === undefined ? null : detached(xmlTrim(written));
    };
    const from = value("from"), to = value("to"), by = value("by");
    if (by === null) return { kind: "changed", path, from, to, by };
    for (const number of [by, from ?? "0", to ?? "0"]) {
      if (Number.isNaN(numberOf(number))) {
        throw this.#problem(element, `"${number.slice(0, 40)}" is no decimal, as by asks for`);
      }
    }
    return { kind: "changed", path, from, to, by: Math.abs(numberOf(by)) };
  }

  #path(element: XmlElement): FilterPath {
    this.#count(element);
    const path = this.#parsed(element);
    for (const { condition } of path.steps) this.#parts += 1 + (condition?.flat().length ?? 0);
    if (this.#parts <= FILTER_LIMITS.parts) return path;
    throw this.#problem(element, `more than ${FILTER_LIMITS.parts} levels and comparisons in all expressions`);
  }

  #parsed(element: XmlElement): FilterPath {
    try {
      // Prefixes of the document itself serve where ns-bindings has none.
      return parseFilterPath(
        xmlTrim(element.text),
        (prefix) => this.#bindings.get(prefix) ?? namespaceOf(element, prefix),
      );
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      throw this.#problem(element, `${element.name}: ${error.message}`, error);
    }
  }

  #count(element: XmlElement): void {
    if (++this.#expressions <= FILTER_LIMITS.expressions) return;
    throw this.#problem(element, `more than ${FILTER_LIMITS.expressions} expressions`);
  }

  #boolean(element: XmlElement, name: string, otherwise: boolean): boolean {
    const written = xmlAttribute(element, name);
    if (written === undefined) return otherwise;
    const value = xmlTrim(written);
    if (value === "true" || value === "1") return true;
    if (value === "false" || value === "0") return false;
    throw this.#problem(element, `${name} is neither true nor false`);
  }

  #problem(element: XmlElement, message: string, cause?: Error): FilterProblem {
    return new FilterProblem(488, `${placeIn(this.#document.text, element.start)}: ${message}`, { cause });
  }
}

function children(element: XmlElement, name: string): XmlElement[] {
  return xmlChildren(element, SIMPLE_FILTER_NAMESPACE, name);
}

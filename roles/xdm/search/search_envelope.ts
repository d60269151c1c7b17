import {
  escapeXml,
  parseXmlOctets,
  xmlAttribute,
  xmlChild,
  xmlChildren,
  XmlProblem,
} from "../../../transport/xml/mod.ts";
import { SearchRefusal, shown } from "./search_refusal.ts";
import type { SearchTarget } from "./search_target.ts";
import type { Returned } from "./xquery.ts";

/** Of requests and answers (oma-reference §5.9). */
export const SEARCH_TYPE = "application/vnd.oma.search+xml";
const NAMESPACE = "urn:oma:xml:xdm:search";
/** Of attributes that say how much was found. */
const COUNTS = "urn:parley:xml:search";

/** Searches of one request. */
const SEARCHES = 5;
const LIMITS = { characters: 16_384, depth: 8, elements: 64, attributes: 16 };

/** One search as it was asked for. */
export interface SearchRequest {
  readonly id: string;
  /** Null: as many as the operator allows. */
  readonly most: number | null;
  readonly query: string;
}

/** One result. */
export interface ResultRow {
  /** Texts by the name of their field. */
  readonly fields: Readonly<Record<string, readonly string[]>>;
  /** The element itself, where all of it may be told. */
  readonly whole?: string;
}

/** What is answered to one search. */
export interface SearchResponse {
  readonly id: string;
  readonly target: SearchTarget;
  readonly returns: Returned;
  readonly rows: readonly ResultRow[];
  readonly more: boolean;
}

/** Reads a `search-set`. Throws SearchRefusal `malformed`. */
export function readSearchSet(body: Uint8Array): SearchRequest[] {
  const { root } = parsed(body);
  if (root.name !== "search-set" || root.namespace !== NAMESPACE) {
    throw malformed(
      `The root is ${shown(root.name)} in ${shown(root.namespace)}; allowed: search-set in "${NAMESPACE}".`,
    );
  }
  const searches = xmlChildren(root, NAMESPACE, "search");
  if (searches.length === 0 || searches.length > SEARCHES) {
    throw malformed(`A search-set has 1 to ${SEARCHES} <search>, not ${searches.length}.`);
  }
  return searches.map((search) => {
    const id = xmlAttribute(search, "id") ?? "";
    const request = xmlChild(search, NAMESPACE, "request");
    const query = request === undefined ? undefined : xmlChild(request, NAMESPACE, "query");
    if (id === "" || id.length > 128) throw malformed("A <search> has an id of 1 to 128 characters.");
    if (request === undefined || query === undefined) throw malformed("A <search> has a <request> with a <query>.");
    const most = xmlAttribute(request, "max-results");
    if (most !== undefined && !/^[0-9]{1,9}$/.test(most)) {
      throw malformed(`max-results is ${shown(most)}; allowed: a whole number.`);
    }
    return { id, most: most === undefined ? null : Number(most), query: query.text };
  });
}

/** The answer: the same envelope with a `response` in each `search`. */
export function searchSet(responses: readonly SearchResponse[]): string {
  let text = `<?xml version="1.0" encoding="UTF-8"?>\n<search-set xmlns="${NAMESPACE}" xmlns:s="${COUNTS}">\n`;
  for (const response of responses) {
    const { id, rows, more } = response;
    text += `<search id="${escapeXml(id)}"><response s:count="${rows.length}" s:more="${more}">\n`;
    for (const row of rows) text += `${resultElement(row, response)}\n`;
    text += "</response></search>\n";
  }
  return `${text}</search-set>\n`;
}

/** A row as the query wants it: `return $u` keeps the elements in their places, a made element has them one after the other. */
function resultElement({ fields, whole }: ResultRow, { target, returns }: SearchResponse): string {
  if (returns.element === null && whole !== undefined) return whole;
  const { name, namespace } = returns.element ?? target.path.at(-1)!;
  // A result without its name, or without the friendly one that goes with it (UPROF-13), would be of no use.
  const asked = returns.element === null ? target.fields.map((field) => field.name) : [...ALWAYS, ...returns.fields];
  let attributes = "", content = "", parent = "";
  for (const field of new Set(asked).values().map((one) => target.fields.find((field) => field.name === one))) {
    const { path } = field ?? { path: [] };
    const last = path.at(-1);
    for (const text of last === undefined ? [] : fields[field!.name] ?? []) {
      if (last!.name.startsWith("@")) {
        attributes += ` ${last!.name.slice(1)}="${escapeXml(text)}"`;
        continue;
      }
      const around = returns.element === null && path.length > 1 ? path[0].name : "";
      if (around !== parent) content += `${parent === "" ? "" : `</${parent}>`}${around === "" ? "" : `<${around}>`}`;
      parent = around;
      const declared = last!.namespace === namespace ? "" : ` xmlns="${escapeXml(last!.namespace)}"`;
      content += `<${last!.name}${declared}>${escapeXml(text)}</${last!.name}>`;
    }
  }
  if (parent !== "") content += `</${parent}>`;
  return `<${name} xmlns="${escapeXml(namespace)}"${attributes}>${content}</${name}>`;
}

const ALWAYS: readonly string[] = ["uri", "history-reference", "display-name"];

function parsed(body: Uint8Array) {
  try {
    return parseXmlOctets(body, LIMITS);
  } catch (error) {
    if (error instanceof XmlProblem) throw malformed(`The search-set cannot be read: ${error.message}`);
    throw error;
  }
}

function malformed(message: string): SearchRefusal {
  return new SearchRefusal("malformed", message);
}

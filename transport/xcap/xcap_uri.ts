import { parseNodeSelector } from "./parse_node_selector.ts";
import { percentDecoded, percentEncoded, percentEncodedPath } from "./percent.ts";
import type { NodeSelector, XcapTarget } from "./selector.ts";
import { XcapProblem } from "./xcap_problem.ts";
import { parseXmlnsQuery, xmlnsQuery } from "./xmlns_query.ts";

/** Characters of a path below the root, percent-encoded, and segments of a document selector. */
export const URI_LIMITS = { characters: 16_384, segments: 16 };

const NO_NAMESPACES: ReadonlyMap<string, string> = new Map();

/**
 * What an XCAP URI names (RFC 4825 §6). `path` is what stands behind the root, with or without its first slash and still
 * percent-encoded; `query` what stands behind "?", or "". Throws XcapProblem: 404 where no document can be under that path,
 * 400 where an escape, the node selector or the query cannot be read.
 */
export function parseXcapUri(path: string, query: string): XcapTarget {
  if (path.length > URI_LIMITS.characters) {
    throw new XcapProblem(400, `URI: a path of more than ${URI_LIMITS.characters} characters`);
  }
  const { documentPath, nodePath } = splitAtSeparator(path.startsWith("/") ? path.slice(1) : path);
  const place = documentPlace(documentPath);
  if (nodePath === null) return { ...place, selector: null };
  if (place.document.endsWith("/")) {
    throw new XcapProblem(404, "URI: a node selector needs a document, and there is a collection before it");
  }
  const selector = parseNodeSelector(percentDecoded(nodePath), query === "" ? NO_NAMESPACES : parseXmlnsQuery(query));
  return { ...place, selector };
}

/** The path, without a slash before it, and the query of an XCAP URI: append it to the root and a slash. */
export function xcapUri(target: XcapTarget): string {
  let uri = percentEncoded(target.auid);
  if (target.tree !== null) uri += "/" + target.tree;
  if (target.xui !== null) uri += "/" + percentEncoded(target.xui);
  for (const segment of target.document === "/" ? [""] : target.document.split("/")) {
    uri += "/" + percentEncoded(segment);
  }
  return target.selector === null ? uri : nodeUri(uri, target.selector);
}

/** The URI of a node of the document that has `documentUri`. */
export function nodeUri(documentUri: string, selector: Pick<NodeSelector, "text" | "namespaces">): string {
  const query = xmlnsQuery(selector.namespaces);
  return `${documentUri}/~~/${percentEncodedPath(selector.text)}${query === "" ? "" : "?" + query}`;
}

/** Cut at the first segment that is `~~`, percent-encoded or not (§6). */
function splitAtSeparator(path: string): { documentPath: string; nodePath: string | null } {
  const separator = /\/(?:~|%7[Ee]){2}(?:\/|$)/.exec(path);
  if (separator === null) return { documentPath: path, nodePath: null };
  return { documentPath: path.slice(0, separator.index), nodePath: path.slice(separator.index + separator[0].length) };
}

/**
 * A document selector (§6.2): usage, tree, user, and the path of the document, or of a collection where it ends with "/".
 */
function documentPlace(path: string): Omit<XcapTarget, "selector"> {
  const segments = path.split("/", URI_LIMITS.segments + 1);
  if (segments.length > URI_LIMITS.segments) {
    throw new XcapProblem(404, `URI: a document selector of more than ${URI_LIMITS.segments} segments`);
  }
  for (let i = 0; i < segments.length; i++) segments[i] = percentDecoded(segments[i]);
  const empty = segments.findIndex((segment) => segment === "" || segment === "." || segment === "..");
  if (empty >= 0 && (empty < segments.length - 1 || segments[empty] !== "")) {
    throw new XcapProblem(404, `URI: segment ${empty + 1} of the document selector is "${segments[empty]}"`);
  }
  const [auid, tree, third] = segments;
  if (auid === "" || segments.length < 2) throw new XcapProblem(404, "URI: there is no document selector");
  if (tree === "") return { auid, tree: null, xui: null, document: "/" };
  if (tree !== "users" && tree !== "global") {
    throw new XcapProblem(404, `URI: "${tree.slice(0, 60)}" where "users" or "global" should be`);
  }
  if (third === undefined) throw new XcapProblem(404, `URI: nothing is named behind "${tree}"`);
  if (third === "") return { auid, tree, xui: null, document: "/" };
  const inUsers = tree === "users";
  if (inUsers && segments.length === 3) throw new XcapProblem(404, "URI: no document is named behind the user");
  const document = pathOf(segments.slice(inUsers ? 3 : 2));
  return { auid, tree, xui: inUsers ? third : null, document };
}

function pathOf(segments: readonly string[]): string {
  const inside = segments.findIndex((segment) => segment.includes("/"));
  if (inside >= 0) {
    throw new XcapProblem(404, `URI: a document's name holds no slash: "${segments[inside].slice(0, 60)}"`);
  }
  return segments.length === 1 && segments[0] === "" ? "/" : segments.join("/");
}

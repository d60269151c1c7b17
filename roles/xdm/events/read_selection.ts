import { parseXcapUri, XcapProblem, type XcapTarget, xcapUri } from "../../../transport/xcap/mod.ts";
import type { DocumentKey } from "../usage.ts";
import { type Selection, SelectionProblem } from "./selection.ts";

/** How URIs of resources are understood. */
export interface UriReading {
  /** The XCAP root, without a slash at the end. */
  readonly root: string;
  readonly domains: ReadonlySet<string>;
  /** The address-of-record whose tree an XUI names; "" where it names none. */
  readonly ownerOf: (xui: string) => string;
  /** The subscriber: a collection over all users is its own tree. */
  readonly watcher: string;
}

/**
 * What a URI of a SUBSCRIBE names: two collections where it is a whole usage, that of the watcher and that of all. Throws
 * SelectionProblem. URIs are relative to the root, or absolute ones below it (RFC 5875 §4.4).
 */
export function readSelection(uri: string, reading: UriReading): Selection[] {
  const sel = belowRoot(uri, reading);
  const question = sel.indexOf("?");
  const target = parsed(question < 0 ? sel : sel.slice(0, question), question < 0 ? "" : sel.slice(question + 1));
  const { auid, tree, xui, document, selector } = target;
  if (tree === null) {
    return [
      {
        kind: "collection",
        sel: `${sel}users/${ownSegment(reading.watcher)}/`,
        auid,
        owner: reading.watcher,
        prefix: "",
      },
      { kind: "collection", sel: `${sel}global/`, auid, owner: "", prefix: "" },
    ];
  }
  if (tree === "users" && xui === null) {
    const own = `${sel}${ownSegment(reading.watcher)}/`;
    return [{ kind: "collection", sel: own, auid, owner: reading.watcher, prefix: "" }];
  }
  const owner = xui === null ? "" : reading.ownerOf(xui);
  if (xui !== null && owner === "") throw new SelectionProblem(400, "the tree's name is no address");
  if (document.endsWith("/")) {
    return [{ kind: "collection", sel, auid, owner, prefix: document === "/" ? "" : document }];
  }
  const key = { auid, owner, name: document };
  if (selector === null) return [{ kind: "document", sel, key }];
  if (selector.node.kind === "namespaces") throw new SelectionProblem(400, "namespaces cannot be watched");
  return [{ kind: "node", sel, key, selector }];
}

/** What a NOTIFY calls a document of a collection. */
export function selInCollection(collection: Extract<Selection, { kind: "collection" }>, key: DocumentKey): string {
  return collection.sel + encodedName(key.name.slice(collection.prefix.length));
}

function parsed(path: string, query: string): XcapTarget {
  try {
    return parseXcapUri(path, query);
  } catch (error) {
    if (!(error instanceof XcapProblem)) throw error;
    throw new SelectionProblem(400, error.message);
  }
}

function belowRoot(uri: string, { root, domains }: UriReading): string {
  const own = URL.parse(root);
  const rootPath = own === null ? "" : own.pathname;
  if (!/^https?:/i.test(uri)) {
    return uri.startsWith(`${rootPath}/`) && rootPath !== "/" ? after(uri, rootPath) : uri.replace(/^\//, "");
  }
  const url = URL.parse(uri);
  const path = /^https?:\/\/[^/]*/i.exec(uri);
  const isHere = url !== null && (url.hostname === own?.hostname || domains.has(url.hostname));
  if (path === null || !isHere) throw new SelectionProblem(400, "it is on another server");
  const below = uri.slice(path[0].length);
  if (rootPath === "/") return after(below, "");
  if (!below.startsWith(`${rootPath}/`)) throw new SelectionProblem(400, `it is not below ${rootPath}/`);
  return after(below, rootPath);
}

function after(path: string, root: string): string {
  return path.slice(root.length + 1);
}

/** A user's own segment of a URI. */
function ownSegment(aor: string): string {
  return encodedName(aor);
}

/** Path segments as URIs have them. */
function encodedName(name: string): string {
  const whole = xcapUri({ auid: "a", tree: "global", xui: null, document: name, selector: null });
  return whole.slice("a/global/".length);
}

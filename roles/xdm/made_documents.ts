import { createHash } from "node:crypto";
import {
  capabilitiesDocument,
  directoryDocument,
  IETF_DIRECTORY_NAMESPACE,
  OMA_DIRECTORY_NAMESPACE,
  xcapUri,
} from "../../transport/xcap/mod.ts";
import { parseXml, type XmlLimits } from "../../transport/xml/mod.ts";
import type { Documents } from "../../storage/mod.ts";
import type { DocumentKey, Usage } from "./usage.ts";
import type { DocumentVersion } from "./xdm_events.ts";

const LIMITS: XmlLimits = { characters: 16_777_216, depth: 8, elements: 200_000, attributes: 16 };

/** What these documents tell of. */
export interface MadeFrom {
  readonly documents: Documents;
  readonly usages: ReadonlyMap<string, Usage>;
  readonly root: () => string;
}

/** Names of the directory's documents (oma-reference §5.9), and the namespace each of its two usages speaks. */
const DIRECTORIES: ReadonlyMap<string, string> = new Map([
  ["org.openmobilealliance.xcap-directory", OMA_DIRECTORY_NAMESPACE],
  ["directory", IETF_DIRECTORY_NAMESPACE],
]);

/** True for documents that nobody writes: the server makes them when they are asked for. */
export function isMade({ made }: Usage, { owner }: DocumentKey): boolean {
  return made !== undefined && made.includes(owner === "" ? "global" : "users");
}

/** What this server can do (RFC 4825 §12), or which documents an owner has; null where there is none of that name. */
export function madeDocument(key: DocumentKey, from: MadeFrom): DocumentVersion | null {
  const text = key.auid === "xcap-caps"
    ? capabilities(key, from)
    : DIRECTORIES.has(key.auid)
    ? directory(key, from)
    : null;
  if (text === null) return null;
  const etag = createHash("sha256").update(text).digest("hex").slice(0, 16);
  return { etag, document: parseXml(text, LIMITS) };
}

function capabilities({ owner, name }: DocumentKey, { usages }: MadeFrom): string | null {
  if (owner !== "" || name !== "index") return null;
  const all = [...usages.values()];
  return capabilitiesDocument({
    auids: all.map(({ auid }) => auid),
    extensions: [],
    namespaces: all.flatMap(({ namespace, namespaces }) => [namespace, ...namespaces]),
  });
}

function directory({ auid, owner, name }: DocumentKey, { documents, usages, root }: MadeFrom): string | null {
  if (owner === "" || name !== "directory.xml") return null;
  const folders = [...usages.keys()].filter((one) => one !== "xcap-caps" && !DIRECTORIES.has(one)).map((folder) => ({
    auid: folder,
    content: documents.list(owner, folder).map((facts) => ({
      uri: `${root()}/${xcapUri({ auid: folder, tree: "users", xui: owner, document: facts.name, selector: null })}`,
      etag: facts.etag,
      modifiedAt: facts.modifiedAt,
      size: facts.size,
    })),
  })).filter(({ content }) => content.length > 0);
  return directoryDocument(folders, DIRECTORIES.get(auid)!);
}

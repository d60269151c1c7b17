import type { XmlDocument } from "../../../transport/xml/mod.ts";
import type { DocumentService } from "../document_service.ts";
import type { DocumentKey } from "../usage.ts";
import { type Group, readGroup } from "../usages/group_reader.ts";
import { IDENTIFIERS } from "../usages/identifiers.ts";
import { readResourceLists, type ResourceList } from "../usages/resource_lists_reader.ts";
import { OpenGroups } from "./open_groups.ts";

/** A group as those see it who have something to do with it. */
export interface KnownGroup {
  readonly uri: string;
  readonly displayName: string;
  readonly subject: string;
  /** It is their own. */
  readonly mine: boolean;
  /** Everybody may come. */
  readonly isPublic: boolean;
  /** Those in its list itself; -1 for who is not in it. */
  readonly members: number;
}

const { groups, groupUsageList } = IDENTIFIERS;
/** Groups of one user that are told. */
const MOST = 500;

/**
 * Which documents of groups name whom: their owners, and those in their own lists, as hashes of 32 bits, since a box may have very many
 * members of groups. What a hash leads to is read, and counts only where it is so.
 */
export class GroupBook {
  readonly #documents = new Map<string, { readonly key: DocumentKey; readonly members: Uint32Array }>();
  /** Those that everybody may join. */
  readonly open = new OpenGroups();
  readonly #service: Pick<DocumentService, "read" | "byServiceUri">;

  constructor(service: Pick<DocumentService, "read" | "byServiceUri">) {
    this.#service = service;
  }

  put(key: DocumentKey, document: XmlDocument | null): void {
    const name = nameOf(key);
    const found = document === null ? [] : readGroup(document);
    this.open.put(name, key, found.filter(isOpen));
    if (document === null) return void this.#documents.delete(name);
    const members = new Set(found.flatMap((group) => listed(group).map(hashOf)));
    this.#documents.set(name, { key, members: Uint32Array.from(members) });
  }

  forget(owner: string): void {
    for (const [name, { key }] of this.#documents) if (name.startsWith(`${owner} `)) this.put(key, null);
  }

  /**
   * The groups that somebody made or is a member of, and of those in their list of groups in use the ones that everybody may know; in
   * order of name. Rejects where a document cannot be read.
   *
   * @param names folded addresses of that person, the address-of-record first
   */
  async of(names: readonly string[]): Promise<KnownGroup[]> {
    const [aor] = names;
    const hashes = names.map(hashOf);
    const used = await this.#usedBy(aor);
    const keys = new Map<string, DocumentKey>();
    for (const [name, { key, members }] of this.#documents) {
      if (key.owner === aor || hashes.some((hash) => members.includes(hash))) keys.set(name, key);
    }
    for (const uri of used) {
      const key = this.#service.byServiceUri(uri);
      if (key?.auid === groups.auid) keys.set(nameOf(key), key);
    }
    const found: KnownGroup[] = [];
    for (const key of keys.values()) {
      const version = await this.#service.read(key);
      for (const group of version === null ? [] : readGroup(version.document)) {
        const mine = key.owner === aor;
        const isMember = mine || listed(group).some((one) => names.includes(one));
        const isPublic = isOpen(group);
        if (!isMember && !(used.has(group.aor) && (isPublic || group.searchable))) continue;
        const { uri, displayName, subject } = group;
        found.push({ uri, displayName, subject, mine, isPublic, members: isMember ? listed(group).length : -1 });
        if (found.length >= MOST) return inOrder(found);
      }
    }
    return inOrder(found);
  }

  /** Folded addresses of groups in the user's own list of those in use (OMA XDM 2.0). */
  async #usedBy(owner: string): Promise<ReadonlySet<string>> {
    const { auid, document: name } = groupUsageList;
    const version = await this.#service.read({ auid, owner, name });
    const addresses = (lists: readonly ResourceList[]): string[] =>
      lists.flatMap(({ entries, lists }) => [...entries.map(({ aor }) => aor), ...addresses(lists)]);
    const used = version === null ? [] : addresses(readResourceLists(version.document));
    return new Set(used.filter((one) => one !== "").slice(0, MOST));
  }
}

/** Folded addresses in the group's own list; a list elsewhere is known to who reads it alone. */
function listed({ list }: Group): string[] {
  return (list?.entries ?? []).map(({ aor }) => aor).filter((aor) => aor !== "");
}

/** A rule lets everybody in, whoever they are. */
function isOpen({ rules }: Group): boolean {
  return (rules ?? []).some(({ conditions, actions }) =>
    actions.some(({ name, value }) => name === "join-handling" && (value === "true" || value === "1")) &&
    conditions.every((condition) =>
      condition.kind === "other-identity" ||
      (condition.kind === "identity" && condition.any.some((one) => one.kind === "many" && one.domain === null))
    )
  );
}

function inOrder(found: KnownGroup[]): KnownGroup[] {
  return found.sort((a, b) => a.displayName < b.displayName ? -1 : a.displayName > b.displayName ? 1 : 0);
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

function nameOf({ owner, name }: DocumentKey): string {
  return `${owner} ${name}`;
}

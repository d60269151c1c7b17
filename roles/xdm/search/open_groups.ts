import { detached } from "../../../foundation/mod.ts";
import type { DocumentKey } from "../usage.ts";
import type { Group } from "../usages/group_reader.ts";
import { OrderedTable } from "./ordered_table.ts";

/** A group that everybody may join, as its document says it. */
export interface OpenGroup {
  /** Folded address: no two have the same. */
  readonly id: string;
  /** Address-of-record; "" for one of the operator's. */
  readonly owner: string;
  readonly displayName: string;
  readonly subject: string;
  /** Whether others find it in searches. */
  readonly searchable: boolean;
  /** Years; 0: any, as far as the document says. */
  readonly minimumAge: number;
  /** 0: as many as the settings allow. */
  readonly maxParticipants: number;
}

/** All groups that everybody may join, in order of address; known by the documents that they stand in. */
export class OpenGroups {
  readonly table = new OrderedTable<OpenGroup>();
  readonly #of = new Map<string, readonly string[]>();

  /** `document`: a name that no other document has; `groups`: all that stand in it and are open, none where it is gone. */
  put(document: string, { owner }: Pick<DocumentKey, "owner">, groups: readonly Group[]): void {
    for (const id of this.#of.get(document) ?? []) this.table.delete(id);
    const rows = groups.filter(({ aor }) => aor !== "").map((group) => openGroup(group, owner));
    for (const row of rows) this.table.set(row);
    if (rows.length === 0) this.#of.delete(document);
    else this.#of.set(document, rows.map(({ id }) => id));
  }
}

/** Text of its own: what is cut from a document would keep all of it in memory. */
function openGroup({ aor, displayName, subject, searchable, ages, maxParticipants }: Group, owner: string): OpenGroup {
  return {
    id: detached(aor),
    owner,
    displayName: detached(displayName),
    subject: detached(subject),
    searchable,
    minimumAge: ages?.ages[0]?.from ?? 0,
    maxParticipants: maxParticipants ?? 0,
  };
}

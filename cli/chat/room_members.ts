import type { RoomRoster } from "../../client/mod.ts";
import type { Named, RosterMember } from "./events.ts";

/** What has changed in a room since it was looked at last. */
export interface RosterChange {
  /** The first that is known: all of them have come. */
  readonly first: boolean;
  readonly came: readonly Named[];
  readonly left: readonly Named[];
  /** By their new names. */
  readonly renamed: readonly (Named & { readonly before: string })[];
}

/** Members of one room as they were shown last. */
export class RoomMembers {
  #roster: RoomRoster | null = null;
  #shown: ReadonlyMap<string, string> | null = null;
  #reason = "";

  /** Null before anything is known of them. */
  get roster(): RoomRoster | null {
    return this.#roster;
  }

  /** All who are in it, or on their way. */
  get list(): readonly RosterMember[] {
    const members: RosterMember[] = [];
    for (const user of this.#roster?.users ?? []) {
      const statuses = user.endpoints.map(({ status }) => status ?? "");
      const status = statuses.find((each) => each === "connected") ??
        statuses.find((each) => each !== "" && !each.startsWith("disconnect"));
      if (status !== undefined) members.push({ uri: user.entity, name: nameOf(user), status });
    }
    return members;
  }

  /** Takes what is known now; null where nobody came, left or is called otherwise, and nothing keeps us from knowing. */
  take(roster: RoomRoster): RosterChange | null {
    this.#roster = roster;
    const before = this.#shown, reason = this.#reason;
    this.#reason = roster.reason;
    const now = new Map(roster.present.map((user) => [user.entity, nameOf(user)]));
    const known = roster.state === "active";
    if (known) this.#shown = now;
    if (!known || before === null) {
      const came = known ? entries(now) : [];
      return known || reason !== roster.reason ? { first: known, came, left: [], renamed: [] } : null;
    }
    const came: Named[] = [], renamed: (Named & { before: string })[] = [];
    for (const [uri, name] of now) {
      const former = before.get(uri);
      if (former === undefined) came.push({ uri, name });
      else if (former !== name) renamed.push({ uri, name, before: former });
    }
    const left = entries(before).filter(({ uri }) => !now.has(uri));
    const changed = came.length + left.length + renamed.length > 0 || reason !== roster.reason;
    return changed ? { first: false, came, left, renamed } : null;
  }

  /** Whoever goes by this name, or has this URI. Throws SyntaxError where it is nobody, or more than one. */
  find(who: string): string {
    const folded = fold(who);
    const found = this.list.filter(({ uri, name }) =>
      fold(name) === folded || fold(uri) === folded || fold(uri) === `sip:${folded}`
    );
    if (found.length === 1) return found[0].uri;
    if (found.length > 1) {
      throw new SyntaxError(
        `${found.length} people are called "${who}"; allowed: ${found.map(({ uri }) => uri).join(", ")}`,
      );
    }
    // Who is not shown may be there all the same.
    if (/^(?:sips?:)?[^\s@]+@[^\s@]+$/i.test(who)) return /^sips?:/i.test(who) ? who : `sip:${who}`;
    throw new SyntaxError(`nobody in the room is called "${who}" (/members shows them)`);
  }

  /** A text that begins with whom it is for: the longest name that it begins with, else its first word. Throws SyntaxError. */
  split(text: string): readonly [string, string] {
    let most: readonly [string, string] | null = null;
    for (const { name } of this.list) {
      if (name === "" || name.length <= (most?.[0].length ?? 0)) continue;
      if (
        text.length > name.length && /\s/.test(text[name.length]) && fold(text.slice(0, name.length)) === fold(name)
      ) {
        most = [name, text.slice(name.length).trim()];
      }
    }
    const [, word, rest] = /^(\S+)\s*(.*)$/s.exec(text)!;
    const [who, said] = most ?? [word, rest];
    if (said === "") throw new SyntaxError("something is missing: /tell WHO TEXT");
    return [this.find(who), said];
  }
}

function nameOf({ nickname, displayText }: { readonly nickname?: string; readonly displayText?: string }): string {
  return nickname ?? displayText ?? "";
}

function fold(text: string): string {
  return text.normalize("NFKC").trim().replace(/\s+/g, " ").toLowerCase();
}

function entries(of: ReadonlyMap<string, string>): Named[] {
  return [...of].map(([uri, name]) => ({ uri, name }));
}

import type { Clock, Log } from "../../../foundation/mod.ts";
import type { Subscribers } from "../../../storage/mod.ts";
import { serviceState } from "../../sip_core/mod.ts";
import type { PrivacyDefaults, SearchSettings } from "../xdm_settings.ts";
import type { Condition } from "./condition.ts";
import type { KnownGroup } from "./group_book.ts";
import { fieldNames, mandatoryBits } from "./mandatory_fields.ts";
import { Matcher, type Searched } from "./matcher.ts";
import type { OpenGroup } from "./open_groups.ts";
import type { OrderedTable } from "./ordered_table.ts";
import { Pace } from "./pace.ts";
import { type Person, type Room, type SearchIndex } from "./search_index.ts";
import { SearchRefusal } from "./search_refusal.ts";
import { fieldIndex, PEOPLE, ROOMS, type SearchTarget } from "./search_target.ts";
import { numberIn } from "./values.ts";

/** Whose domain is searched: the searcher's own, or all that are served here; other servers are asked by nobody yet. */
export type SearchDomain = "own" | "home" | "all";

/** What was found, in order of its name. */
export interface Found {
  readonly found: readonly FoundRow[];
  /** There is more of it than was asked for, or than the operator lets out. */
  readonly more: boolean;
}

/** One result. */
export interface FoundRow {
  /** User-ID of a user, address of a room. */
  readonly id: string;
  /** "" where there is none. */
  readonly displayName: string;
  /** Further fields by name: of people those values that the search was based on, of rooms all. */
  readonly fields: Readonly<Record<string, readonly string[]>>;
}

/** How much is wanted, and of whom. */
export interface SearchScope {
  /** Null: as many as the operator allows. */
  readonly most: number | null;
  readonly domain: SearchDomain;
}

/** What searches stand on. */
export interface IndexedSearchParts {
  readonly index: SearchIndex;
  /** Read at each search. */
  readonly settings: SearchSettings;
  readonly privacy: Pick<PrivacyDefaults, "found_by_number">;
  readonly subscribers: Pick<Subscribers, "get" | "byNumber">;
  /** Whether somebody (folded) has blocked somebody else. */
  readonly blocks: (owner: string, person: string) => Promise<boolean>;
  readonly clock: Clock;
  readonly log: Log;
}

/** ms of one search, its comparisons, and rows that are looked at between two looks at the clock. */
const TIME = 5000;
const COMPARISONS = 20_000_000;
const ROWS = 200;
const DISPLAY_NAME = "display-name";

/**
 * Searches in the index. Who is found (UPROF-7, UPROF-9, UPROF-12, PRI-10): an active user whose profile has all mandatory fields,
 * who is as old as the operator wants, and who has not blocked the searcher; and only a searcher whose own profile has these fields
 * finds anybody.
 */
export class IndexedSearch {
  readonly #parts: IndexedSearchParts;

  constructor(parts: IndexedSearchParts) {
    this.#parts = parts;
  }

  /** @param by address-of-record of who searches. Rejects with SearchRefusal, as `rooms` does. */
  async people(by: string, where: Condition, scope: SearchScope): Promise<Found> {
    const { index, settings } = this.#parts;
    await this.#ready();
    const needed = mandatoryBits(settings);
    const lacking = needed & ~(index.person(by)?.filled ?? 0);
    if (lacking !== 0) {
      const names = fieldNames(lacking).join(", ");
      throw new SearchRefusal(
        "forbidden",
        `Who searches has to be findable, too: fill in ${names} in your own profile first.`,
      );
    }
    const matcher = new Matcher(where, PEOPLE, (number) => this.#byNumber(number));
    const latest = latestBirthDate(this.#parts.clock.now(), settings.minimum_age);
    const domain = scope.domain === "own" ? domainOf(by) : null;
    const eligible = (person: Person) =>
      person.aor !== by && (person.filled & needed) === needed && this.#isActive(person.aor) &&
      (domain === null || domainOf(person.aor) === domain) && this.#isOldEnough(person, latest) &&
      (numberIn(person.id.slice(0, person.id.lastIndexOf("@"))) === "" || matcher.byNumber.has(person.aor));
    return this.#walk(index.people, matcher, scope, eligible, (person) => this.#hasBlocked(person.aor, by), PEOPLE);
  }

  async rooms(by: string, where: Condition | null, scope: SearchScope): Promise<Found> {
    const { index } = this.#parts;
    await this.#ready();
    const matcher = new Matcher(where, ROOMS, () => "");
    const domain = scope.domain === "own" ? domainOf(by) : null;
    const eligible = (room: Room) =>
      (room.owner === "" || this.#isActive(room.owner)) && (domain === null || domainOf(room.aor) === domain);
    return this.#walk(index.rooms, matcher, scope, eligible, () => Promise.resolve(false), ROOMS);
  }

  /** One's own groups, and those that one is a member of: no search, but from the same index. @param by address-of-record */
  async groups(by: string): Promise<KnownGroup[]> {
    const { index, subscribers } = this.#parts;
    await this.#ready();
    const number = subscribers.get(by)?.e164 ?? "";
    return index.groups.of(number === "" ? [by] : [by, `tel:${number}`]);
  }

  /** All groups that everybody may join, whoever made them; for the operator. Rejects with SearchRefusal. */
  async openGroups(): Promise<OrderedTable<OpenGroup>> {
    await this.#ready();
    return this.#parts.index.groups.open.table;
  }

  async #walk<Row extends Searched>(
    table: OrderedTable<Row>,
    matcher: Matcher,
    { most }: SearchScope,
    eligible: (row: Row) => boolean,
    hidden: (row: Row) => Promise<boolean>,
    target: SearchTarget,
  ): Promise<Found> {
    const { settings, clock } = this.#parts;
    const limit = Math.min(most ?? settings.max_results, settings.max_results);
    const pace = new Pace(clock, TIME, COMPARISONS);
    const found: FoundRow[] = [];
    for (let rows = table.after("", ROWS); rows.length > 0; rows = table.after(rows.at(-1)!.id, ROWS)) {
      for (const row of rows) {
        if (pace.due(1 + matcher.size)) await pace.pause();
        if (!eligible(row) || !matcher.matches(row) || await hidden(row)) continue;
        if (found.length === limit) return { found, more: true };
        found.push(rowOf(row, matcher, target));
      }
    }
    return { found, more: false };
  }

  async #ready(): Promise<void> {
    const { index, log } = this.#parts;
    try {
      await index.whole();
    } catch (error) {
      log.error("profiles cannot be read for searches", { error: (error as Error).message });
      throw new SearchRefusal("unavailable", "The profiles cannot be read at the moment.", 5);
    }
  }

  /** The unique look-up (UPROF-2): who has this number and may be found by it. */
  #byNumber(number: string): string {
    const { subscribers, index, privacy } = this.#parts;
    const aor = subscribers.byNumber(number)?.aor;
    return aor !== undefined && (index.foundByNumber(aor) ?? privacy.found_by_number) ? aor : "";
  }

  #isActive(aor: string): boolean {
    const { subscribers, clock } = this.#parts;
    const user = subscribers.get(aor);
    return user !== undefined && serviceState(user, clock) === "active";
  }

  /** By every birth date that is known; who gives none may be a child. */
  #isOldEnough(person: Person, latest: string): boolean {
    if (latest === "") return true;
    const dates = this.#parts.index.birthDatesOf(person);
    return dates.length > 0 && dates.every((date) => date <= latest);
  }

  async #hasBlocked(owner: string, person: string): Promise<boolean> {
    try {
      return await this.#parts.blocks(owner, person);
    } catch (error) {
      this.#parts.log.error("a block list cannot be read for a search", { error: (error as Error).message });
      throw new SearchRefusal("unavailable", "The search cannot be carried out at the moment.", 5);
    }
  }
}

/** The last day on which somebody of this age was born, in UTC; "" where age does not matter. */
export function latestBirthDate(now: number, years: number): string {
  if (years === 0) return "";
  const today = new Date(now).toISOString();
  return `${String(Number(today.slice(0, 4)) - years).padStart(4, "0")}${today.slice(4, 10)}`;
}

function rowOf(row: Searched, matcher: Matcher, target: SearchTarget): FoundRow {
  const fields: Record<string, readonly string[]> = {};
  target.fields.forEach(({ name, identifies }, i) => {
    if (name === "uri" || name === DISPLAY_NAME || identifies) return;
    const values = target.tells === "basis" ? matcher.basis(row, i) : row.values[i].map(({ text }) => text);
    if (values.length > 0) fields[name] = values;
  });
  return { id: row.id, displayName: row.values[fieldIndex(target, DISPLAY_NAME)][0]?.text ?? "", fields };
}

function domainOf(aor: string): string {
  return aor.slice(aor.lastIndexOf("@") + 1);
}

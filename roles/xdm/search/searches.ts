import type { Clock, LabelledCounter, Log, Metrics } from "../../../foundation/mod.ts";
import type { DocumentService } from "../document_service.ts";
import type { SearchSettings } from "../xdm_settings.ts";
import type { Condition } from "./condition.ts";
import type { KnownGroup } from "./group_book.ts";
import { type FoundHistory, type SaidWords, searchHistory } from "./own_history_search.ts";
import type { Found, IndexedSearch, SearchScope } from "./indexed_search.ts";
import { SearchRefusal } from "./search_refusal.ts";
import { SEARCH_RATES, type SearchRates, Turnstile } from "./turnstile.ts";

/** All searches of users, by whatever door they come: with the rules of privacy, one of a user at a time. */
export interface SearchService {
  /** @param by address-of-record of who searches. Rejects with SearchRefusal, as the others do. */
  people(by: string, where: Condition, scope: SearchScope): Promise<Found>;
  rooms(by: string, where: Condition | null, scope: SearchScope): Promise<Found>;
  /** One's own recorded conversations. @param most null: as many as the operator allows */
  history(by: string, where: Condition | null, most: number | null): Promise<FoundHistory>;
  /** Groups that somebody made, is a member of, or uses; also where searches are switched off. Rejects with SearchRefusal. */
  groups(by: string): Promise<KnownGroup[]>;
}

/** What searches stand on. */
export interface SearchesParts {
  readonly search: IndexedSearch;
  readonly service: Pick<DocumentService, "read">;
  /** Read at each search. */
  readonly settings: SearchSettings;
  /** For words of one's own conversations; asked at each search. Null: none are kept. */
  readonly said?: () => SaidWords | null;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly rates?: SearchRates;
}

export class Searches implements SearchService {
  readonly #parts: SearchesParts;
  readonly #turnstile: Turnstile;
  readonly #outcomes: LabelledCounter;

  constructor(parts: SearchesParts) {
    this.#parts = parts;
    this.#turnstile = new Turnstile(parts.clock, parts.rates ?? SEARCH_RATES);
    this.#outcomes = parts.metrics.labelled("parley_searches_total", "Searches by what became of them", "outcome");
  }

  people(by: string, where: Condition, scope: SearchScope): Promise<Found> {
    return this.#inTurn(by, () => this.#parts.search.people(by, where, scope));
  }

  rooms(by: string, where: Condition | null, scope: SearchScope): Promise<Found> {
    return this.#inTurn(by, () => this.#parts.search.rooms(by, where, scope));
  }

  groups(by: string): Promise<KnownGroup[]> {
    return this.#parts.search.groups(by);
  }

  history(by: string, where: Condition | null, most: number | null): Promise<FoundHistory> {
    const { max_results } = this.#parts.settings;
    const limit = Math.min(most ?? max_results, max_results);
    const said = this.#parts.said?.() ?? null;
    return this.#inTurn(by, () => searchHistory(by, where, limit, { ...this.#parts, said }));
  }

  async #inTurn<T>(by: string, work: () => Promise<T>): Promise<T> {
    try {
      if (!this.#parts.settings.enabled) {
        throw new SearchRefusal("forbidden", "The operator of this server has switched searches off.");
      }
      const found = await this.#turnstile.through(by, work);
      this.#outcomes.with("done").add();
      return found;
    } catch (error) {
      this.#outcomes.with(error instanceof SearchRefusal ? error.kind : "failed").add();
      throw error;
    }
  }
}

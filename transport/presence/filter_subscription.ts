import { uriKey } from "./identity.ts";
import { FilterProblem } from "./filter_problem.ts";
import { type EventFilter, FILTER_LIMITS, type FilterSet } from "./filter_set.ts";

/** The filters of one subscription; never changed, so that a SUBSCRIBE that is refused leaves them as they were. */
export class SubscriptionFilters {
  /** What the subscription is to. */
  readonly #resource: string;
  readonly #eventPackage: string;
  readonly #filters: ReadonlyMap<string, EventFilter>;

  private constructor(resource: string, eventPackage: string, filters: ReadonlyMap<string, EventFilter>) {
    this.#resource = resource;
    this.#eventPackage = eventPackage;
    this.#filters = filters;
  }

  /** None. `eventPackage` as in Event, in lower case. */
  static none(resource: string, eventPackage: string): SubscriptionFilters {
    return new SubscriptionFilters(resource, eventPackage, new Map());
  }

  get size(): number {
    return this.#filters.size;
  }

  /**
   * With what a SUBSCRIBE says of filters: those that are new, replaced, switched on or off, removed (RFC 4660 §3.3.3, §5.2.2);
   * all others stay. Throws FilterProblem (488).
   */
  changed({ eventPackage, filters }: FilterSet): SubscriptionFilters {
    if (eventPackage !== "" && eventPackage !== this.#eventPackage) {
      throw new FilterProblem(
        488,
        `filters for ${eventPackage.slice(0, 80)} in a subscription to ${this.#eventPackage}`,
      );
    }
    const next = new Map(this.#filters);
    for (const filter of filters) {
      const { id, says, enabled } = filter;
      const known = next.get(id);
      if (filter.remove) next.delete(id);
      else if (says) next.set(id, filter);
      else if (known !== undefined) next.set(id, { ...known, enabled });
      else if (enabled) throw new FilterProblem(488, `the filter "${id}" is new and has neither what nor trigger`);
    }
    if (next.size > FILTER_LIMITS.filters) throw new FilterProblem(488, `more than ${FILTER_LIMITS.filters} filters`);
    const targets = new Map<string, string>();
    for (const filter of next.values()) {
      const target = this.#target(filter);
      const other = targets.get(target);
      if (other !== undefined) {
        throw new FilterProblem(488, `the filters "${other}" and "${filter.id}" are for the same resource or domain`);
      }
      targets.set(target, filter.id);
    }
    return new SubscriptionFilters(this.#resource, this.#eventPackage, next);
  }

  /**
   * The filter for what is told of a resource: its own, else that of its domain, else that of the whole subscription (RFC 4660
   * §3.3.1, §3.3.2). Null for none.
   */
  find(uri: string): EventFilter | null {
    if (this.#filters.size === 0) return null;
    const key = uriKey(uri), host = `@${hostOf(uri)}`, all = uriKey(this.#resource);
    let best: EventFilter | null = null, bestRank = 0;
    for (const filter of this.#filters.values()) {
      const target = this.#target(filter);
      const rank = target === key ? 3 : target === host ? 2 : target === all ? 1 : 0;
      if (filter.enabled && rank > bestRank) {
        best = filter;
        bestRank = rank;
      }
    }
    return best;
  }

  #target({ uri, domain }: EventFilter): string {
    return domain !== "" ? `@${domain}` : uriKey(uri === "" ? this.#resource : uri);
  }
}

function hostOf(uri: string): string {
  const at = uri.lastIndexOf("@");
  return /^[^;?]*?(?=:[0-9]+(?:[;?]|$)|[;?]|$)/.exec(uri.slice(at + 1))![0].toLowerCase();
}

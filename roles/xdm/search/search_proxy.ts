import type { Subscriber } from "../../../storage/mod.ts";
import { XcapProblem } from "../../../transport/xcap/mod.ts";
import type { SearchProxy } from "../aggregation_proxy.ts";
import { ownerOfXui } from "../usages/references.ts";
import type { Found, SearchDomain } from "./indexed_search.ts";
import {
  readSearchSet,
  type ResultRow,
  SEARCH_TYPE,
  type SearchRequest,
  type SearchResponse,
  searchSet,
} from "./search_envelope.ts";
import { SearchRefusal, shown } from "./search_refusal.ts";
import { HISTORY, PEOPLE, type SearchTarget, targetOf, TARGETS } from "./search_target.ts";
import type { SearchService } from "./searches.ts";
import { parseQuery, type Query } from "./xquery.ts";

const DOMAINS: readonly SearchDomain[] = ["own", "home", "all"];
/** 409 is for queries: its report has the phrase that says where and what. */
const STATUS = { malformed: 400, query: 409, forbidden: 403, busy: 503, unavailable: 503 } as const;

/**
 * The Search Proxy (reference points XDM-5, XDM-6, XDM-7 and IM-12): takes a set of queries, has each carried out where its
 * documents are, and joins the answers.
 */
export class XQuerySearchProxy implements SearchProxy {
  readonly #searches: SearchService;

  constructor(searches: SearchService) {
    this.#searches = searches;
  }

  async search(by: Subscriber, parameters: URLSearchParams, body: Uint8Array, mediaType: string) {
    if (mediaType !== SEARCH_TYPE) {
      throw new XcapProblem(415, `Searches are ${SEARCH_TYPE}, not ${shown(mediaType)}.`);
    }
    try {
      const domain = domainIn(parameters);
      const target = targetIn(parameters, by.aor);
      const responses: SearchResponse[] = [];
      for (const request of readSearchSet(body)) responses.push(await this.#one(by.aor, request, target, domain));
      return { mediaType: SEARCH_TYPE, body: searchSet(responses) };
    } catch (error) {
      if (!(error instanceof SearchRefusal)) throw error;
      const { kind, message, retryAfter_s } = error;
      const condition = kind === "query" ? { element: "constraint-failure" } as const : null;
      throw new XcapProblem(STATUS[kind], message, condition, retryAfter_s);
    }
  }

  async #one(
    by: string,
    { id, most, query: text }: SearchRequest,
    wanted: SearchTarget,
    domain: SearchDomain,
  ): Promise<SearchResponse> {
    const query = parseQuery(text);
    const { target, returns } = query;
    if (target !== wanted) {
      throw new SearchRefusal("query", `The query is about ${target.auid}, the request's target is ${wanted.auid}.`);
    }
    return { id, target, returns, ...await this.#rows(by, query, most, domain) };
  }

  async #rows(
    by: string,
    { target, owner, where }: Query,
    most: number | null,
    domain: SearchDomain,
  ): Promise<{ readonly rows: readonly ResultRow[]; readonly more: boolean }> {
    if (target === HISTORY) {
      requireOwn(owner, by);
      const { found, more } = await this.#searches.history(by, where, most);
      return { rows: found, more };
    }
    if (owner !== "") throw new SearchRefusal("query", `The collection is "${target.auid}/users/", that of everybody.`);
    const scope = { most, domain };
    // The parser lets no query for people through that has no condition.
    return target === PEOPLE
      ? rowsOf(await this.#searches.people(by, where!, scope))
      : rowsOf(await this.#searches.rooms(by, where, scope));
  }
}

function rowsOf({ found, more }: Found) {
  const rows = found.map(({ id, displayName, fields }) => ({
    fields: { uri: [id], ...(displayName === "" ? {} : { "display-name": [displayName] }), ...fields },
  }));
  return { rows, more };
}

function domainIn(parameters: URLSearchParams): SearchDomain {
  const text = parameters.get("domain") ?? "home";
  const domain = DOMAINS.find((one) => one === text);
  if (domain !== undefined) return domain;
  throw new SearchRefusal("malformed", `domain is ${shown(text)}; allowed: ${DOMAINS.join(", ")}.`);
}

/** `<auid>/users/`, of one's own conversations also `<auid>/users/<own XUI>/`. */
function targetIn(parameters: URLSearchParams, by: string): SearchTarget {
  const text = parameters.get("target") ?? "";
  const [, auid = "", owner = ""] = /^\/?([^\/]+)\/users\/(?:([^\/]+)\/?)?$/.exec(text) ?? [];
  const target = targetOf(auid);
  if (target === undefined || (owner !== "" && target !== HISTORY)) {
    const allowed = TARGETS.map((one) => `${one.auid}/users/`).join(", ");
    throw new SearchRefusal("malformed", `target is ${shown(text)}; allowed: ${allowed}.`);
  }
  requireOwn(owner, by);
  return target;
}

function requireOwn(owner: string, by: string): void {
  if (owner === "" || ownerOfXui(owner) === by) return;
  throw new SearchRefusal("forbidden", "Only your own conversations can be searched.");
}

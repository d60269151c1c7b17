import type { Subscriber, Subscribers } from "../../../storage/mod.ts";
import type { LocationService } from "../../sip_core/mod.ts";
import { viewOf } from "../../../operations/stored/mod.ts";
import type { UserPage, UserQuery } from "../services/mod.ts";

const CHUNK = 1000;
/** Matches are counted up to here: beyond it nobody turns pages. */
const COUNTED = 10_000;

/** One page of the users that match, in order of address; the number of all that do. */
export function findUsers(query: UserQuery, subscribers: Subscribers, location: LocationService): UserPage {
  const wanted = query.search.normalize("NFC").trim().toLowerCase();
  const page: Subscriber[] = [];
  let total = 0;
  let more = false;
  for (let after = "";;) {
    const chunk = subscribers.list(after, CHUNK);
    for (const user of chunk) {
      if (!matches(user, wanted, query, location)) continue;
      total++;
      if (user.aor > query.after) {
        if (page.length < query.limit) page.push(user);
        else more = true;
      }
      if (total === COUNTED && more) return answer(page, more, total, location);
    }
    if (chunk.length < CHUNK) return answer(page, more, total, location);
    after = chunk[chunk.length - 1].aor;
  }
}

function matches(user: Subscriber, wanted: string, { state, online }: UserQuery, location: LocationService): boolean {
  if (state !== "" && user.state !== state) return false;
  if (online !== null && (location.bindings(user.aor).length > 0) !== online) return false;
  return wanted === "" || user.aor.includes(wanted) || user.e164.includes(wanted) ||
    user.displayName.toLowerCase().includes(wanted);
}

function answer(page: Subscriber[], more: boolean, total: number, location: LocationService): UserPage {
  return {
    users: page.map((user) => ({
      ...viewOf(user),
      devices: location.bindings(user.aor).length,
      version: user.changedAt,
    })),
    next: more ? page[page.length - 1].aor : "",
    total,
  };
}

import type { Clock } from "../../../../foundation/mod.ts";
import type { DeferredMessages } from "../../../../storage/mod.ts";
import { advice, ageText, DAYS, type HealthCheck, type Issue, issue, MINUTES } from "../health_check.ts";

const LARGE = 0.8;
const FULL = 0.95;
const OLD_DAYS = 14;
/** Recipients looked at in one turn. */
const SLICE = 2000;

export interface DeferredFacts {
  readonly store: Pick<DeferredMessages, "recipients" | "pending" | "read" | "count" | "bytes">;
  /** What may wait for all users together. */
  limits(): { readonly messages: number; readonly octets: number };
}

/** What waits comes near to what may wait. */
export function deferredFullCheck({ store, limits }: DeferredFacts): HealthCheck {
  return {
    code: "deferred.full",
    every_ms: MINUTES,
    behind: [],
    run(): Issue[] {
      const { messages, octets } = limits();
      const share = Math.max(store.count / messages, store.bytes / octets);
      if (share < LARGE) return [];
      const text = `${store.count} messages wait for users who are not there: ${
        Math.floor(share * 100)
      } % of what may.`;
      const repair = advice("Let messages wait for fewer days, or raise the limit.", "/admin/policy");
      return [issue(share >= FULL ? "critical" : "warning", text, repair)];
    },
  };
}

/** The oldest message has waited for long: its recipient does not come any more, or cannot. */
export function deferredOldCheck({ store }: DeferredFacts, clock: Clock): HealthCheck {
  return {
    code: "deferred.old",
    every_ms: 60 * MINUTES,
    behind: ["deferred.full"],
    async run(): Promise<Issue[]> {
      const oldest = await oldestOf(store);
      if (oldest === null) return [];
      const age = clock.now() - oldest;
      if (age < OLD_DAYS * DAYS) return [];
      const text = `The oldest stored message has waited for ${ageText(age)}.`;
      const repair = advice("Look for users who have not been there for long.", "/admin/users");
      return [{ ...issue("info", text, repair), since: oldest + OLD_DAYS * DAYS }];
    },
  };
}

/** When the message that waits longest arrived; null when none waits. In slices, for there may be many recipients. */
async function oldestOf(store: DeferredFacts["store"]): Promise<number | null> {
  let oldest = Infinity;
  let looked = 0;
  for (const recipient of [...store.recipients()]) {
    oldest = Math.min(oldest, store.pending(recipient)[0]?.id ?? Infinity);
    if (++looked % SLICE === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  }
  // Ids grow in order of arrival; it may be delivered meanwhile.
  return oldest === Infinity ? null : (await store.read(oldest))?.arrivedAt ?? null;
}

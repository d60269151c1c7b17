import type { Subscriber, Subscribers } from "../../storage/mod.ts";
import type { SystemCondition } from "../admin/services/mod.ts";
import type { Binding } from "../sip_core/mod.ts";
import { admitsLater, CONDITION, EVERYBODY, type Job } from "./job.ts";

/** What has to be known of users and groups to find whom a message is for. */
export interface AudienceFacts {
  /** Devices that are registered now. */
  bindings(aor: string): readonly Pick<Binding, "userAgent">[];
  /** Members of a group by its address; null where there is no such group. Rejects where it cannot be read. */
  members(group: string): Promise<readonly string[] | null>;
  /** Mandatory fields of the public profile are missing. */
  isProfileIncomplete(aor: string): Promise<boolean>;
  /** At the first registration there ever was, while it is being told. */
  isNew(aor: string): boolean;
}

/** Some of those whom a message is for. */
export interface AudiencePart {
  readonly users: readonly Subscriber[];
  /** Where to go on; null: these were the last. */
  readonly cursor: string | null;
}

/** Users in one part: after a kill so many may be asked again (the store knows them). */
export const PART = 200;

/** Finds whom messages are for. */
export class Audience {
  readonly #subscribers: Pick<Subscribers, "get" | "list">;
  readonly #facts: AudienceFacts;

  constructor(subscribers: Pick<Subscribers, "get" | "list">, facts: AudienceFacts) {
    this.#subscribers = subscribers;
    this.#facts = facts;
  }

  /** Members of a group that are users of ours, in order; null where there is no such group. */
  async members(group: string): Promise<string[] | null> {
    const members = await this.#facts.members(group);
    if (members === null) return null;
    return [...new Set(members)].filter((aor) => this.#subscribers.get(aor) !== undefined).sort();
  }

  /** The next part, from behind `cursor`. Those who may hear nothing are left out. */
  async part({ to, condition }: Pick<Job, "to" | "condition">, cursor: string): Promise<AudiencePart> {
    if (to === EVERYBODY || to === CONDITION) {
      const page = this.#subscribers.list(cursor, PART);
      const next = page.length < PART ? null : page[page.length - 1].aor;
      const heard = page.filter(mayHear);
      return { users: condition === null ? heard : await this.#there(condition, heard), cursor: next };
    }
    const one = this.#subscribers.get(to);
    if (one !== undefined) return { users: mayHear(one) ? [one] : [], cursor: null };
    const left = (await this.members(to) ?? []).filter((aor) => aor > cursor);
    const users = left.slice(0, PART).map((aor) => this.#subscribers.get(aor)).filter((user) => user !== undefined);
    return { users: users.filter(mayHear), cursor: left.length <= PART ? null : left[PART - 1] };
  }

  /**
   * Whether somebody who has just registered is meant. At once wherever it can be: what a condition needs to read comes as a promise,
   * which rejects where it cannot be read.
   */
  admits(job: Job, aor: string, binding: Pick<Binding, "userAgent">): boolean | Promise<boolean> {
    return admitsLater(job) && (job.condition === null || this.#holds(job.condition, aor, [binding]));
  }

  async #there(condition: SystemCondition, users: readonly Subscriber[]): Promise<Subscriber[]> {
    const meant: Subscriber[] = [];
    for (const user of users) {
      const bindings = this.#facts.bindings(user.aor);
      if (bindings.length > 0 && await this.#holds(condition, user.aor, bindings)) meant.push(user);
    }
    return meant;
  }

  #holds(
    { client, profile, first_use }: SystemCondition,
    aor: string,
    bindings: readonly Pick<Binding, "userAgent">[],
  ): boolean | Promise<boolean> {
    if (client !== undefined && !bindings.some(({ userAgent }) => clientMatches(client, userAgent))) return false;
    if (first_use === true && !this.#facts.isNew(aor)) return false;
    return profile === undefined || this.#facts.isProfileIncomplete(aor);
  }
}

/** Who is suspended or barred cannot sign in to read it. */
export function mayHear({ state }: Subscriber): boolean {
  return state === "active" || state === "unsubscribed";
}

/** Whether a User-Agent is what a pattern says, in any case; `*` stands for any text. Its work is that of one search for each part. */
export function clientMatches(pattern: string, userAgent: string): boolean {
  const text = userAgent.toLowerCase();
  const [first, ...parts] = pattern.toLowerCase().split("*");
  if (parts.length === 0) return text === first;
  const last = parts.pop()!;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const part of parts) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}

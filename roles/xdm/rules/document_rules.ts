import type { Clock, Events, Log, Metrics } from "../../../foundation/mod.ts";
import type { AccessDecision, AccessRules, Communication } from "../../participating/mod.ts";
import type { DocumentService } from "../document_service.ts";
import type { XdmEvents } from "../xdm_events.ts";
import type { ContactSettings } from "../xdm_settings.ts";
import { KeptRules } from "./kept_rules.ts";
import type { ListLimits, ListSource } from "./list_reader.ts";
import { hasRules, loadRules, RULE_USAGES } from "./load_rules.ts";
import { type Person, personOf } from "./person.ts";
import type { CacheLimits } from "./rules_cache.ts";
import {
  ALLOWED,
  hasBlocked,
  judgeRecipient,
  judgeSender,
  lacksContacts,
  NO_RULES,
  type UserRules,
} from "./user_rules.ts";

/** What the rules stand on. */
export interface DocumentRulesParts extends ListSource {
  readonly service: Pick<DocumentService, "read" | "byServiceUri">;
  /** Read at each use. */
  readonly settings: ContactSettings;
  readonly events: Events<XdmEvents>;
  /** Addresses of the service itself, such as that of system messages: they reach everybody, and everybody reaches them. */
  readonly isService: (aor: string) => boolean;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Told of each user whose rules may be others from now on. */
  readonly changed?: (owner: string) => void;
  readonly limits?: { readonly lists?: ListLimits; readonly cache?: CacheLimits };
}

/** Requests that wait for rules at the same time; one more is refused. */
const WAITING = 10_000;
/** Who asked may have given up by then (RFC 3261 timer F), and what goes out all the same would come twice. */
const TOO_LATE_MS = 20_000;
/** Documents that change while they are read are read so often. */
const ATTEMPTS = 5;

/**
 * Who may reach whom, by the documents of both sides and the settings of the operator (oma-reference §3.2, §5.5): access rules,
 * block and contact lists, privacy settings. Made ready once and kept until a document they stand on changes.
 */
export class DocumentRules implements AccessRules {
  readonly #parts: DocumentRulesParts;
  readonly #kept: KeptRules<UserRules>;
  #waiting = 0;

  constructor(parts: DocumentRulesParts) {
    this.#parts = parts;
    const { metrics, events, log, limits, changed } = parts;
    this.#kept = new KeptRules({
      title: "access rules",
      auids: RULE_USAGES,
      load: (owner) => loadRules(owner, parts, parts.settings, limits?.lists),
      events,
      log,
      loads: metrics.counter("parley_access_rules_read_total", "Users whose access rules were read from documents"),
      changed,
      limits: limits?.cache,
    });
    metrics.gauge("parley_access_rules", "Users whose access rules are in memory", () => this.#kept.size);
  }

  incoming({ from, to, number, kind, anonymous }: Communication): AccessDecision | undefined {
    const { settings, clock } = this.#parts;
    if (from === to || this.#isService(from)) return ALLOWED;
    const rules = this.#rulesOf(to);
    if (rules === undefined) return undefined;
    if (rules === NO_RULES && settings.reception === "everyone") return ALLOWED;
    return judgeSender(rules, this.#personOf(from, number), anonymous, { at: clock.now(), kind }, settings);
  }

  outgoing({ from, to, kind }: Communication): AccessDecision | undefined {
    const { settings, clock, service } = this.#parts;
    const open = settings.strangers === "allowed";
    if (from === to || (open && !settings.blocked_both_ways)) return ALLOWED;
    const rules = this.#rulesOf(from);
    if (rules === undefined) return undefined;
    if (rules === NO_RULES && open) return ALLOWED;
    if (this.#isService(to) || service.byServiceUri(to) !== undefined) return ALLOWED;
    return judgeRecipient(rules, this.#personOf(to), { at: clock.now(), kind }, settings);
  }

  async prepare({ from, to }: Communication): Promise<void> {
    const { clock } = this.#parts;
    if (this.#waiting >= WAITING) throw new Error("too many requests wait for access rules already");
    const since = clock.monotonic();
    this.#waiting++;
    try {
      await Promise.all([this.#load(from), this.#load(to)]);
    } finally {
      this.#waiting--;
    }
    if (clock.monotonic() - since > TOO_LATE_MS) throw new Error("access rules were read too late");
  }

  /** Whether somebody has blocked somebody else, both folded addresses. Rejects where the documents cannot be read. */
  async blocks(owner: string, person: string): Promise<boolean> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const rules = this.#rulesOf(owner);
      if (rules !== undefined) {
        return hasBlocked(rules, this.#personOf(person), { at: this.#parts.clock.now(), kind: "pager" });
      }
      await this.#load(owner);
    }
    throw new Error("the documents change faster than they can be read");
  }

  /** The owner's documents have changed, or are gone with the owner: whatever stands on them is read anew. */
  forget(owner: string): void {
    this.#kept.forget(owner);
  }

  #isService(aor: string): boolean {
    return this.#parts.isService(aor);
  }

  /** Undefined where they have to be read first. */
  #rulesOf(owner: string): UserRules | undefined {
    const rules = this.#kept.get(owner);
    if (rules === undefined) return hasRules(owner, this.#parts) ? undefined : NO_RULES;
    return lacksContacts(rules, this.#parts.settings) ? undefined : rules;
  }

  async #load(owner: string): Promise<void> {
    if (owner !== "" && this.#rulesOf(owner) === undefined) await this.#kept.read(owner);
  }

  /** @param number that somebody else vouches for */
  #personOf(aor: string, number = ""): Person {
    const { subscribers, domains } = this.#parts;
    return personOf(aor, subscribers.get(aor)?.e164 || number, domains);
  }
}

import type { Clock, Events, Log, Metrics, Timers } from "../../../foundation/mod.ts";
import { RuleTimes } from "../../presence/mod.ts";
import { type CacheLimits, IDENTIFIERS, KeptRules, type ListLimits, type XdmEvents } from "../../xdm/mod.ts";
import type { BirthDates } from "./ages.ts";
import { DocumentPolicy, type PolicyContext } from "./document_policy.ts";
import { GROUP_USAGES, type GroupFacts, type GroupSource, loadGroup, NoGroupError } from "./group_facts.ts";
import { REFUSALS } from "./refusals.ts";
import type { GroupPolicies, RoomRefusal, RoomSettings } from "./terms.ts";

/** What policies of groups stand on. */
export interface DocumentPoliciesParts extends GroupSource {
  /** Read at each use. */
  readonly settings: RoomSettings;
  readonly birthDates: BirthDates;
  readonly events: Events<XdmEvents>;
  /** Addresses of the service itself: the factory, the exploder, rooms. */
  readonly isService: (uri: string) => boolean;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Told of each group (folded URI) that was asked about and may be another one from now on, or gone. */
  readonly changed?: (group: string) => void;
  readonly limits?: { readonly lists?: ListLimits; readonly cache?: CacheLimits };
}

/** A policy that is made from another version at each attempt is given up. */
const ATTEMPTS = 5;
/** Before a group's URI among what is kept, which else are owners of documents. */
const PREFIX = "group ";

/** Policies of groups by their documents (oma-reference §3.3.2, §5.4). Made ready once and kept until a document they stand on changes. */
export class DocumentPolicies implements GroupPolicies {
  readonly #parts: DocumentPoliciesParts;
  readonly #context: PolicyContext;
  readonly #kept: KeptRules<GroupFacts>;
  readonly #times: RuleTimes;

  constructor(parts: DocumentPoliciesParts) {
    this.#parts = parts;
    const { metrics, events, log, limits, clock, timers, settings, birthDates, subscribers, domains, isService } =
      parts;
    const isGroup = (uri: string) => this.isGroup(uri);
    this.#context = { settings, birthDates, clock, subscribers, domains, isService, isGroup };
    this.#kept = new KeptRules({
      title: "the rules of a group",
      auids: GROUP_USAGES,
      load: (name) => this.#load(name),
      events,
      log,
      loads: metrics.counter("parley_group_policies_read_total", "Groups whose rules were read from documents"),
      changed: (name) => this.#changed(name),
      limits: limits?.cache,
    });
    this.#times = new RuleTimes({ clock, timers, passed: (name) => this.#passed(name) });
    metrics.gauge("parley_group_policies", "Groups whose rules are in memory", () => this.#kept.size);
  }

  isGroup(uri: string): boolean {
    return this.#parts.service.byServiceUri(uri)?.auid === IDENTIFIERS.groups.auid;
  }

  async policyOf(uri: string): Promise<DocumentPolicy | RoomRefusal> {
    const name = PREFIX + uri;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      if (!this.isGroup(uri)) return REFUSALS.noGroup;
      const facts = this.#kept.get(name);
      if (facts !== undefined) return await this.#ready(facts);
      try {
        await this.#kept.read(name);
      } catch (error) {
        if (error instanceof NoGroupError) return REFUSALS.noGroup;
        throw error;
      }
    }
    throw new Error("the documents change faster than they can be read");
  }

  /** The owner's documents are gone with the owner: whatever stands on them is read anew. */
  forget(owner: string): void {
    this.#kept.forget(owner);
  }

  async #ready(facts: GroupFacts): Promise<DocumentPolicy> {
    const { settings, birthDates } = this.#parts;
    const asksAge = facts.group.ages !== null || (facts.isPublic && settings.public_age > 0);
    if (asksAge) await birthDates.ready();
    return new DocumentPolicy(facts, this.#context);
  }

  async #load(name: string) {
    const loaded = await loadGroup(name.slice(PREFIX.length), this.#parts, this.#parts.limits?.lists);
    const { uri, listed, boundaries } = loaded.rules;
    this.#times.watch(name, boundaries);
    const nested = listed.filter((aor) => this.isGroup(aor));
    if (nested.length > 0) {
      this.#parts.log.warn("a group has other groups in its list; they are left out", {
        group: uri,
        nested: nested.length,
      });
    }
    return loaded;
  }

  #changed(name: string): void {
    if (!name.startsWith(PREFIX)) return;
    this.#times.forget(name);
    this.#parts.changed?.(name.slice(PREFIX.length));
  }

  /** A rule begins or ends to apply: nothing is read anew. */
  #passed(name: string): void {
    const facts = this.#kept.get(name);
    if (facts !== undefined) this.#times.watch(name, facts.boundaries);
    this.#parts.changed?.(name.slice(PREFIX.length));
  }
}

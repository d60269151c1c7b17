import type { Clock, Events, Log, Metrics, Timers } from "../../../foundation/mod.ts";
import {
  type CacheLimits,
  KeptRules,
  type ListLimits,
  type ListSource,
  namesPerson,
  type Person,
  personOf,
  type Privacy,
  type PrivacyDefaults,
  privacyDefaults,
  type XdmEvents,
} from "../../xdm/mod.ts";
import type { PresenceEvents } from "../presence_events.ts";
import type { PresenceDecision, PresenceDecisions, SubHandling } from "../presentity.ts";
import { ALLOWED, ALLOWED_WITH_LOCATION, OWN, REFUSED } from "./decisions.ts";
import {
  hasPresenceRules,
  loadPresentityRules,
  PRESENCE_RULE_USAGES,
  type PresentityRules,
} from "./presentity_rules.ts";
import { RuleTimes } from "./rule_times.ts";

/** What an operator sets for who may watch; read at each use. */
export interface PresenceRuleSettings {
  /** What becomes of watchers whom nothing of the presentity's means. */
  readonly strangers: SubHandling;
}

/** What presence rules stand on. */
export interface PresenceRulesParts extends ListSource {
  /** Where `rulesChanged` is told. */
  readonly events: Events<PresenceEvents>;
  readonly documentEvents: Events<XdmEvents>;
  readonly settings: PresenceRuleSettings;
  /** Read at each use. */
  readonly privacy: PrivacyDefaults;
  /** The presentity's sphere at present (RFC 5025 §3.1.2); undefined where it is not known. */
  readonly sphereOf: (presentity: string) => string | undefined;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly limits?: { readonly lists?: ListLimits; readonly cache?: CacheLimits };
}

/**
 * Who may watch whom, and see what: presence rules (RFC 5025 and OMA), block, contact and location lists, privacy settings, and
 * the operator's word for all others. Made ready once and kept until a document they stand on changes.
 */
export class PresenceRules implements PresenceDecisions {
  readonly #parts: PresenceRulesParts;
  readonly #kept: KeptRules<PresentityRules>;
  readonly #times: RuleTimes;
  /** Where decisions were made by it: the sphere of the presentity as it was then. */
  readonly #spheres = new Map<string, string | undefined>();

  constructor(parts: PresenceRulesParts) {
    this.#parts = parts;
    const { metrics, events, documentEvents, log, limits, clock, timers } = parts;
    this.#kept = new KeptRules({
      title: "presence rules",
      auids: PRESENCE_RULE_USAGES,
      load: (presentity) => this.#load(presentity),
      events: documentEvents,
      log,
      loads: metrics.counter("parley_presence_rules_read_total", "Users whose presence rules were read from documents"),
      changed: (presentity) => this.#changed(presentity),
      limits: limits?.cache,
    });
    this.#times = new RuleTimes({ clock, timers, passed: (presentity) => this.#passed(presentity) });
    events.on("presenceChanged", ({ presentity }) => this.sphereChanged(presentity));
    metrics.gauge("parley_presence_rules", "Users whose presence rules are in memory", () => this.#kept.size);
    metrics.gauge(
      "parley_presence_rules_timed",
      "Users whose presence rules begin or end to hold some time",
      () => this.#times.size,
    );
  }

  decide(presentity: string, watcher: string): PresenceDecision | undefined {
    if (presentity === watcher) return OWN;
    const rules = this.#kept.get(presentity);
    if (rules === undefined) return hasPresenceRules(presentity, this.#parts) ? undefined : this.#stranger(watcher, {});
    const person = this.#personOf(watcher);
    if (namesPerson(rules.blocked, person)) {
      return REFUSED[rules.privacy.politeBlock === true ? "polite-block" : "block"];
    }
    const location = this.#isLocatable(rules) && namesPerson(rules.locators, person);
    if (this.#gather(rules, presentity, person)) return rules.combinations.decision(location);
    if (!namesPerson(rules.contacts, person)) return this.#stranger(watcher, rules.privacy, location);
    return location ? ALLOWED_WITH_LOCATION : ALLOWED;
  }

  async prepare(presentity: string): Promise<void> {
    if (this.#kept.get(presentity) !== undefined || !hasPresenceRules(presentity, this.#parts)) return;
    await this.#kept.read(presentity);
  }

  /** What the user keeps from others, by own choice and by the operator's; undefined where `prepare` has to read it. */
  privacyOf(presentity: string): Privacy | undefined {
    const rules = this.#kept.get(presentity);
    if (rules === undefined && hasPresenceRules(presentity, this.#parts)) return undefined;
    return { ...privacyDefaults(this.#parts.privacy), ...rules?.privacy };
  }

  /** The presentity may be in another sphere from now on: tells where decisions stand on it. Known by `presenceChanged` too. */
  sphereChanged(presentity: string): void {
    if (!this.#spheres.has(presentity)) return;
    const sphere = this.#sphereOf(presentity);
    if (sphere === this.#spheres.get(presentity)) return;
    this.#spheres.set(presentity, sphere);
    this.#parts.events.emit("rulesChanged", { presentity });
  }

  /** The owner's documents are gone with the owner: whatever stands on them is read anew. */
  forget(owner: string): void {
    this.#kept.forget(owner);
  }

  /**
   * The rules that apply (RFC 4745 §10.1), by the order of oma-reference §5.5: those that mean this watcher by identity, else by
   * an external list, else those for all others; with them those that have no such condition. Who does not say who he is is met
   * by rules for such, and is none of the others either. False where none applies.
   */
  #gather({ index, combinations, usesSphere }: PresentityRules, presentity: string, person: Person): boolean {
    if (index.empty) return false;
    const sphere = usesSphere ? this.#sphereOf(presentity) : undefined;
    if (usesSphere && !this.#spheres.has(presentity)) this.#spheres.set(presentity, sphere);
    const circumstances = { at: this.#parts.clock.now(), kind: null, sphere };
    const gathered = combinations.begin();
    if (person.key === "") index.anonymous(person, circumstances, gathered);
    else if (!index.named(person, circumstances, gathered).matched) index.others(person, circumstances, gathered);
    return index.anyone(person, circumstances, gathered).matched;
  }

  /** Whom nothing of the presentity's means; PRI-12: nothing is for who does not say who he is. */
  #stranger(watcher: string, chosen: Partial<Privacy>, location = false): PresenceDecision {
    const { settings: { strangers }, privacy } = this.#parts;
    if (watcher === "") return REFUSED[strangers === "polite-block" ? strangers : "block"];
    const allowed = (chosen.showStatus ?? privacy.show_status) || strangers === "allow";
    if (!allowed) return REFUSED[strangers];
    return location ? ALLOWED_WITH_LOCATION : ALLOWED;
  }

  #sphereOf(presentity: string): string | undefined {
    return this.#parts.sphereOf(presentity)?.toLowerCase();
  }

  #isLocatable({ privacy }: PresentityRules): boolean {
    return privacy.locatable ?? this.#parts.privacy.locatable;
  }

  async #load(presentity: string) {
    const loaded = await loadPresentityRules(presentity, this.#parts, this.#parts.limits?.lists);
    this.#times.watch(presentity, loaded.rules.boundaries);
    return loaded;
  }

  #changed(presentity: string): void {
    this.#times.forget(presentity);
    this.#spheres.delete(presentity);
    this.#parts.events.emit("rulesChanged", { presentity });
  }

  /** Rules that had to make room are read by whoever asks for them now, and watched again. */
  #passed(presentity: string): void {
    const rules = this.#kept.get(presentity);
    if (rules !== undefined) this.#times.watch(presentity, rules.boundaries);
    this.#parts.events.emit("rulesChanged", { presentity });
  }

  #personOf(aor: string): Person {
    const { subscribers, domains } = this.#parts;
    return personOf(aor, subscribers.get(aor)?.e164 ?? "", domains);
  }
}

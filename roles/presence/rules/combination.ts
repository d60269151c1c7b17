import { PresenceRights, type ProvidedPresence } from "../../../transport/presence/mod.ts";
import type { Gathering } from "../../xdm/mod.ts";
import type { PresenceDecision } from "../presentity.ts";
import { REFUSED } from "./decisions.ts";
import { allProvided, type Grant, HANDLINGS } from "./grant.ts";

/**
 * Some rules together (RFC 4745 §10.2): the greatest handling, and all that they provide. One and the same for the same rules, so
 * that all watchers to whom these apply share their rights.
 */
class Combination {
  readonly #before: Combination | null;
  readonly #grant: Grant | null;
  readonly #handling: number;
  readonly #next = new Map<Grant, Combination>();
  #plain: PresenceDecision | null = null;
  #withLocation: PresenceDecision | null = null;

  constructor(before: Combination | null, grant: Grant | null) {
    this.#before = before;
    this.#grant = grant;
    this.#handling = Math.max(before === null ? 0 : before.#handling, grant === null ? 0 : grant.handling);
  }

  next(grant: Grant): Combination | undefined {
    return this.#next.get(grant);
  }

  with(grant: Grant): Combination {
    const next = new Combination(this, grant);
    this.#next.set(grant, next);
    return next;
  }

  decision(location: boolean): PresenceDecision {
    const handling = HANDLINGS[this.#handling];
    if (handling !== "allow") return REFUSED[handling];
    if (location) return this.#withLocation ??= { handling, rights: new PresenceRights(this.#provided) };
    return this.#plain ??= { handling, rights: new PresenceRights(this.#provided, { location }) };
  }

  get #provided(): ProvidedPresence {
    const all = this.#grant === null ? [] : [this.#grant.provided];
    for (let at = this.#before; at !== null; at = at.#before) if (at.#grant !== null) all.push(at.#grant.provided);
    return allProvided(all);
  }
}

/** Combinations kept beyond one of all rules. */
const KEPT = 1000;

/** Gathers the rules that apply to one watcher after the other. */
export class Combinations implements Gathering<Grant> {
  readonly #most: number;
  #none = new Combination(null, null);
  #kept = 0;
  #at: Combination;
  matched = false;

  /** @param rules how many of them there are */
  constructor(rules: number) {
    this.#most = rules + KEPT;
    this.#at = this.#none;
  }

  /** For the next watcher. */
  begin(): this {
    if (this.#kept > this.#most) {
      this.#none = new Combination(null, null);
      this.#kept = 0;
    }
    this.#at = this.#none;
    this.matched = false;
    return this;
  }

  add(grant: Grant): void {
    this.matched = true;
    let next = this.#at.next(grant);
    if (next === undefined) {
      next = this.#at.with(grant);
      this.#kept++;
    }
    this.#at = next;
  }

  /** What the rules gathered make of the watcher, who may know where the presentity is or may not. */
  decision(location: boolean): PresenceDecision {
    return this.#at.decision(location);
  }
}

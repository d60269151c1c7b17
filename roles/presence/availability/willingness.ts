import { type Composition, personOf, serviceOf } from "../../../transport/presence/mod.ts";
import { IM_SERVICE } from "../source/im_service.ts";

/** What somebody wants, as presence says it (PRE-5). */
export interface Willingness {
  readonly willing: boolean;
  /** When it is to be looked at again although nothing was published, ms since 1970; Infinity for never. */
  readonly until: number;
}

/** Words of people, beside RPID's `busy`, that ask not to be disturbed. */
const DO_NOT_DISTURB = /^(?:do[- _]?not[- _]?disturb|dnd)$/i;

/**
 * Whether somebody wants to be reached by IM now. In this order: `overriding-willingness` decides for all services; who is `busy`, or
 * says that he is not to be disturbed, is not willing; else what the tuples of the IM service say of willingness, those of single
 * devices before the one at the address-of-record, which the box itself publishes: one that is open is enough. Who says nothing
 * is willing.
 */
export function willingnessOf(composition: Composition, now: number): Willingness {
  let until = Infinity;
  const ends = (at: number | undefined): void => {
    if (at !== undefined && at > now && at < until) until = at;
  };
  let override: boolean | null = null, busy = false;
  const devices: boolean[] = [], own: boolean[] = [];
  for (const component of composition.components) {
    if (component.kind === "tuple") {
      if (component.serviceId !== IM_SERVICE) continue;
      const { willingness, contact = "" } = serviceOf(component);
      if (willingness !== undefined) {
        (contact === "" || contact === composition.entity ? own : devices).push(willingness === "open");
      }
      continue;
    }
    if (component.kind !== "person") continue;
    const { overridingWillingness: wish, activities = [] } = personOf(component);
    if (wish !== undefined && (wish.until ?? Infinity) > now) {
      // Of several persons, who does not want to be disturbed is not.
      override = wish.value === "open" && override !== false;
      ends(wish.until);
    }
    for (const { values, others, from, until: end } of activities) {
      if (!values.includes("busy") && !others.some((word) => DO_NOT_DISTURB.test(word))) continue;
      ends(from);
      ends(end);
      if ((from ?? -Infinity) <= now && now < (end ?? Infinity)) busy = true;
    }
  }
  if (override !== null) return { willing: override, until };
  const said = devices.length > 0 ? devices : own;
  return { willing: !busy && (said.length === 0 || said.includes(true)), until };
}

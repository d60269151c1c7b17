import {
  eitherProvided,
  NOTHING_PROVIDED,
  type ProvidedPresence,
  readProvided,
} from "../../../transport/presence/mod.ts";
import { actionOf, NS, type Rule } from "../../xdm/mod.ts";
import type { SubHandling } from "../presentity.ts";

/** From least to most (RFC 5025 §3.2.1). */
export const HANDLINGS: readonly SubHandling[] = ["block", "confirm", "polite-block", "allow"];

/** What one rule of presence grants where it applies. */
export interface Grant {
  /** Place in HANDLINGS. */
  readonly handling: number;
  readonly provided: ProvidedPresence;
}

/** A rule that says nothing of the handling, or something that is none, says `block` (RFC 5025 §3.2.1). */
export function grantOf(rule: Rule): Grant {
  const handling = actionOf(rule, NS.presRules, "sub-handling")?.value ?? "block";
  return {
    handling: Math.max(HANDLINGS.indexOf(handling as SubHandling), 0),
    provided: readProvided(rule.transformations.map(({ element }) => element)),
  };
}

/** What several rules provide together. In halves, so that thousands of them do not copy what they have over and over. */
export function allProvided(all: readonly ProvidedPresence[]): ProvidedPresence {
  if (all.length <= 1) return all[0] ?? NOTHING_PROVIDED;
  const half = all.length >> 1;
  return eitherProvided(allProvided(all.slice(0, half)), allProvided(all.slice(half)));
}

/** How much there is to keep of a grant, in selectors and names. */
export function sizeOf({ provided: { services, persons, devices, attributes, unknown } }: Grant): number {
  return services.length + persons.length + devices.length + attributes.length + unknown.length;
}

import {
  ATTRIBUTE_PERMISSIONS,
  EVERYTHING_PROVIDED,
  NOTHING_PROVIDED,
  PresenceRights,
  type ProvidedPresence,
} from "../../../transport/presence/mod.ts";
import type { PresenceDecision, SubHandling } from "../presentity.ts";

/** What who may watch sees where no rule says what: everything that has a permission of its own, but for location. */
export const DEFAULT_PROVIDED: ProvidedPresence = {
  ...EVERYTHING_PROVIDED,
  attributes: ATTRIBUTE_PERMISSIONS.filter((permission) => permission !== "geopriv"),
};

const NOTHING = new PresenceRights(NOTHING_PROVIDED, { location: false });

/** By handling: who is not allowed sees nothing. */
export const REFUSED: Readonly<Record<Exclude<SubHandling, "allow">, PresenceDecision>> = {
  "block": { handling: "block", rights: NOTHING },
  "confirm": { handling: "confirm", rights: NOTHING },
  "polite-block": { handling: "polite-block", rights: NOTHING },
};

/** Who watches himself. */
export const OWN: PresenceDecision = { handling: "allow", rights: new PresenceRights(EVERYTHING_PROVIDED) };

/** By default rights. */
export const ALLOWED: PresenceDecision = {
  handling: "allow",
  rights: new PresenceRights(DEFAULT_PROVIDED, { location: false }),
};

/** The same for who may know where the presentity is. */
export const ALLOWED_WITH_LOCATION: PresenceDecision = {
  handling: "allow",
  rights: new PresenceRights({ ...DEFAULT_PROVIDED, attributes: ATTRIBUTE_PERMISSIONS }),
};

import { isAnonymous } from "../../participating/mod.ts";
import type { Exchange } from "../../sip_core/mod.ts";
import type { Entrant } from "../rooms/live_room.ts";
import { fromHead } from "./words.ts";

/** Who asks, as the core vouches for them; null where it vouches for nobody. */
export function callerOf({ identity, request }: Exchange): Entrant | null {
  if (identity === null || identity.aor === "") return null;
  return {
    aor: identity.aor,
    number: identity.number,
    anonymous: isAnonymous(request),
    name: fromHead(identity.displayName),
    how: "dialed-in",
    hidden: false,
  };
}

import { type Exchange, privacyOf } from "../../sip_core/mod.ts";
import type { Caller, GroupPolicy, RoomRefusal } from "../policy/terms.ts";

/** Who writes, as the rules of a group look at them; null where the core vouches for nobody. */
export function callerOf({ identity, request }: Exchange): Caller | null {
  if (identity === null) return null;
  return { aor: identity.aor, number: identity.number, anonymous: privacyOf(request).id };
}

/** Who may begin a session of the group, or join it, may write to it. */
export function refusalOf(policy: GroupPolicy, caller: Caller): RoomRefusal | null {
  return policy.terms.invitesMembers ? policy.mayInitiate(caller) : policy.mayJoin(caller, 0);
}

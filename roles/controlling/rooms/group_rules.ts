import type { Caller, GroupPolicy, RoomRefusal, RoomRights, RoomTerms } from "../policy/terms.ts";
import type { KeptRoom } from "./keeping.ts";

const NOTHING: RoomRights = {
  initiate: false,
  join: false,
  invite: false,
  seeRoster: false,
  anonymity: false,
  privateMessages: false,
  expel: false,
  key: false,
};
const LATER: RoomRefusal = { status: 503, reason: "The rules of the group cannot be read now", warning: "" };

/** What holds for a group whose document cannot be read at a start: the terms of before, and nobody may do anything new. */
export function closedPolicy(terms: RoomTerms): GroupPolicy {
  const later = () => LATER;
  return {
    terms,
    termsSince: () => terms,
    members: [],
    rightsOf: () => NOTHING,
    mayInitiate: later,
    mayJoin: later,
    mayInvite: later,
    mayBeBrought: later,
    mayExpel: later,
    mayWatch: later,
  };
}

/** True where somebody who is in may stay under rules that have changed. Who was invited came by somebody's right, not by its own. */
export function mayStay(policy: GroupPolicy, person: Caller & { readonly invited: boolean }): boolean {
  return policy.mayJoin(person, 0) === null || (person.invited && policy.mayBeBrought(person, 0) === null);
}

type KeptTerms = Extract<KeptRoom, { readonly kind: unknown }>["terms"];

export function keptTerms(terms: RoomTerms): KeptTerms {
  return { ...terms, endsAt: terms.endsAt === Infinity ? null : terms.endsAt };
}

export function termsFrom(kept: KeptTerms): RoomTerms {
  return { ...kept, endsAt: kept.endsAt ?? Infinity };
}

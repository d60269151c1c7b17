import type { Caller, GroupPolicy, RoomRefusal, RoomRights, RoomTerms } from "../policy/terms.ts";
import type { JoinedBy } from "../room.ts";
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
    mayExpel: later,
    mayWatch: later,
  };
}

/**
 * True where somebody who is in may stay under rules that have changed. Who was invited came by somebody's right, not by its own: the
 * owner, who has all, stands for that; in a group that nobody owns they stay.
 */
export function mayStay(policy: GroupPolicy, person: Caller & { readonly joinedBy: JoinedBy }): boolean {
  const { owner } = policy.terms;
  if (person.joinedBy === "dialed-in") return policy.mayJoin(person, 0) === null;
  return owner === "" || policy.mayInvite({ aor: owner, number: "", anonymous: false }, person, 0) === null;
}

type KeptTerms = Extract<KeptRoom, { readonly kind: unknown }>["terms"];

export function keptTerms(terms: RoomTerms): KeptTerms {
  return { ...terms, endsAt: terms.endsAt === Infinity ? null : terms.endsAt };
}

export function termsFrom(kept: KeptTerms): RoomTerms {
  return { ...kept, endsAt: kept.endsAt ?? Infinity };
}

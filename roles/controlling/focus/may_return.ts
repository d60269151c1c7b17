import { REFUSALS } from "../policy/exports.ts";
import type { Caller, RoomRefusal } from "../policy/terms.ts";
import type { Participant, Standing } from "../room.ts";
import type { LiveRoom } from "../rooms/live_room.ts";
import { notAuthorised } from "./focus_refusals.ts";

/** True for somebody who is in, on the way in, or away for a while: who counts among those present. */
export function isHere(participant: Participant | undefined): boolean {
  return participant !== undefined && participant.standing !== "disconnected";
}

/** True for somebody who has come in, as opposed to who is only asked. */
export function isMember(participant: Participant | undefined): boolean {
  return participant !== undefined && MEMBER.has(participant.standing);
}

/** True for somebody whom all others in the room know by address: who is not, is not to be found by it. */
export function isNamed({ hidden, shown, aor }: Participant): boolean {
  return !hidden && shown.uri === aor;
}

const MEMBER: ReadonlySet<Standing> = new Set(["dialing-in", "connected", "absent"]);

/**
 * Why somebody may not come into a session that stands; null: may (CHAT-9, CHAT-19, CHAT-20). Who was in it or was invited may come
 * again; into a group others may whom its rules let in, into an ad hoc chat nobody else.
 */
export function mayReturn(room: LiveRoom, caller: Caller): RoomRefusal | null {
  if (room.isBarred(caller.aor)) return notAuthorised("You may not come into this session again");
  const known = room.find(caller.aor);
  if (room.policy === null) return known !== undefined ? null : notAuthorised("You are not invited into this session");
  const others = room.present - (isHere(known) ? 1 : 0);
  const refusal = room.policy.mayJoin(caller, others);
  if (refusal === null || known === undefined) return refusal;
  const ofMembers = refusal.warning === REFUSALS.join.warning || refusal.warning === REFUSALS.stranger.warning;
  if (!ofMembers) return refusal;
  const noLonger = notAuthorised("You may no longer come into this session");
  if (!known.invited) return noLonger;
  // Whoever invited them had the right to, whatever they could do by themselves; but who is kept out by name is kept out.
  const brought = room.policy.mayBeBrought(caller, others);
  return brought?.warning === REFUSALS.join.warning ? noLonger : brought;
}

import type { RoomMessage } from "../../../storage/mod.ts";
import type { SwitchedMessage } from "../../../transport/msrp/mod.ts";
import type { GroupPolicy } from "../policy/terms.ts";
import { closedPolicy, termsFrom } from "./group_rules.ts";
import type { KeptMarks, KeptPerson, KeptRoom } from "./keeping.ts";
import type { RoomsParts } from "./rooms_parts.ts";

/** A room that stood, as it was kept. */
export interface FoundRoom {
  readonly id: string;
  readonly head: Extract<KeptRoom, { readonly kind: unknown }>;
  readonly people: KeptPerson[];
  marks: KeptMarks | undefined;
}

export interface Found {
  readonly rooms: FoundRoom[];
  readonly over: (readonly [id: string, at: number])[];
}

/** Everything that is kept, put together; what belongs to no room that stands is removed (a crash came while one ended). */
export function findRooms({ states, messages }: RoomsParts): Found {
  const heads = new Map<string, FoundRoom>();
  const over: [string, number][] = [];
  const others: [name: string, value: unknown][] = [];
  for (const [name, value] of states.load()) {
    if (name.includes(" ")) {
      others.push([name, value]);
      continue;
    }
    const head = value as KeptRoom;
    if ("over" in head) over.push([name, head.over]);
    else heads.set(name, { id: name, head, people: [], marks: undefined });
  }
  for (const [name, value] of others) {
    const [id, key] = name.split(" ", 2);
    const room = heads.get(id);
    if (room === undefined) states.save(name, null, true, null);
    else if (key === "marks") room.marks = value as KeptMarks;
    else room.people.push(value as KeptPerson);
  }
  for (const id of [...messages.rooms()]) if (!heads.has(id)) messages.drop(id, Infinity);
  return { rooms: [...heads.values()], over };
}

/** The policy of a room's group by now; null: there is none any more. Where it cannot be read, what held before, and nobody may do more. */
export async function policyFor(parts: RoomsParts, { head }: FoundRoom): Promise<GroupPolicy | null | "later"> {
  try {
    const policy = await parts.policies.policyOf(head.group);
    return "status" in policy ? null : policy;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    parts.log.warn("the document of a group cannot be read; its room stands by what held before", { reason });
    return "later";
  }
}

export function policyOfBefore({ head }: FoundRoom): GroupPolicy {
  return closedPolicy(termsFrom(head.terms));
}

export function asSwitched({ seq, messageId, contentType, from, to, body }: RoomMessage): SwitchedMessage {
  let size = 0;
  for (const piece of body) size += piece.length;
  return { seq, messageId, contentType, body, size, from, to, origin: null };
}

import type { CountedRoom, Participant, RoomFigures, RoomSettings } from "../../controlling/mod.ts";
import type { OpenGroup } from "../../xdm/mod.ts";
import type { PublicGroupView, RoomPerson, RoomRules, RoomView } from "../services/mod.ts";

/** The part of a room that the console looks at. */
export type WatchedRoom =
  & Pick<
    CountedRoom,
    | "id"
    | "uri"
    | "kind"
    | "group"
    | "subject"
    | "terms"
    | "createdAt"
    | "creator"
    | "participants"
    | "find"
    | "figures"
  >
  & Pick<CountedRoom, "expel" | "end">;

/** A room in a line. */
export function roomView(room: WatchedRoom): RoomView {
  const { id, uri, group, terms, createdAt, participants, figures } = room;
  const subject = room.subject || terms.subject;
  let here = 0, away = 0, coming = 0;
  for (const { standing } of participants) {
    if (standing === "connected") here++;
    else if (standing === "absent") away++;
    else if (standing !== "disconnected") coming++;
  }
  return {
    id,
    uri,
    kind: room.kind === "ad-hoc" ? "ad-hoc" : terms.isPublic ? "public" : "group",
    name: terms.displayName || subject,
    subject,
    group,
    owner: terms.owner,
    hides_identity: terms.hidesIdentity,
    here,
    away,
    coming,
    messages: figures.kept,
    octets: figures.keptOctets,
    since: createdAt,
    said_at: figures.saidAt,
  };
}

/** Others see an alias of this one: so do admins, wherever they look. */
export function isAliased({ shown, aor }: Participant): boolean {
  return shown.uri !== aor;
}

/** Who began it, if others in it see who that is. */
export function creatorOf(room: WatchedRoom): string {
  const person = room.find(room.creator);
  return person === undefined || room.terms.hidesIdentity || isAliased(person) ? "" : room.creator;
}

/** Somebody as others see them. `figures`: of the same moment for all. */
export function personView(person: Participant, figures: RoomFigures): RoomPerson {
  const { id, aor, shown, nickname, standing, since, hidden, leftBy } = person;
  return {
    id,
    name: nickname || shown.name,
    uri: shown.uri,
    user: isAliased(person) ? "" : aor,
    standing,
    since,
    devices: figures.devicesOf(person),
    waiting: figures.waitingFor(person),
    hidden,
    left_by: leftBy,
  };
}

/** What holds in it. `group`: its document, where that lets everybody join. */
export function rulesOf({ terms }: WatchedRoom, settings: RoomSettings, group: OpenGroup | undefined): RoomRules {
  const { isPublic, endsAt } = terms;
  const { message_bytes, rejoin_seconds, empty_seconds, idle_seconds, public_age } = settings;
  return {
    nicknames: terms.nicknames,
    private_messages: terms.privateMessages,
    invites_members: terms.invitesMembers,
    max_participants: terms.maxParticipants,
    min_participants: terms.minParticipants,
    required: terms.required.length,
    minimum_age: isPublic ? Math.max(public_age, group?.minimumAge ?? 0) : 0,
    ends_at: endsAt === Infinity ? 0 : endsAt,
    history: terms.history,
    message_bytes,
    rejoin_seconds,
    empty_seconds,
    idle_seconds,
  };
}

/** `room`: the one that stands. */
export function publicGroupView(group: OpenGroup, room: { readonly id: string } | undefined): PublicGroupView {
  const { id, owner, displayName, subject, searchable, minimumAge, maxParticipants } = group;
  return {
    uri: id,
    owner,
    name: displayName,
    subject,
    searchable,
    minimum_age: minimumAge,
    max_participants: maxParticipants,
    room: room?.id ?? "",
  };
}

import { utf8 } from "../../../foundation/mod.ts";
import {
  CONFERENCE_INFO_NAMESPACE,
  type ConferenceDescription,
  conferenceDescriptionMarkup,
  type ConferenceEndpoint,
  conferenceStateMarkup,
  type ConferenceUri,
  conferenceUserMarkup,
  type EndpointStatus,
  XCON_NAMESPACE,
} from "../../../transport/payload/mod.ts";
import { escapeXml } from "../../../transport/xml/mod.ts";
import type { Participant, Room, Standing } from "../room.ts";

/** How RFC 4575 §5.7.3 calls it. Who was cut off and may come again is expected; that the connection failed is said beside it. */
const STATUSES: Readonly<Record<Standing, EndpointStatus>> = {
  "pending": "pending",
  "dialing-out": "dialing-out",
  "alerting": "alerting",
  "dialing-in": "dialing-in",
  "connected": "connected",
  "absent": "pending",
  "disconnected": "disconnected",
};

/** A document up to its version, which is one of each subscription. `entity` is ours. */
export function openingText(entity: string, state: "full" | "partial"): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<conference-info xmlns="${CONFERENCE_INFO_NAMESPACE}" ` +
    `xmlns:xcon="${XCON_NAMESPACE}" entity="${escapeXml(entity)}" state="${state}" version="`;
}

/** Behind the version, up to the users. */
export function headText(description: string, state: string, users: "full" | "partial"): string {
  return `">${description}${state}<users state="${users}">`;
}

export const CLOSING_TEXT = "</users></conference-info>\n";

/** `conference-description`. `speechUri`: of a bridge for those who want to speak (CHAT-14); "" for none. */
export function descriptionText({ uri, group, subject, terms }: Room, speechUri: string): string {
  const confUris: ConferenceUri[] = [{ uri, purpose: "participation" }];
  if (group !== "") confUris.push({ uri: group, purpose: "participation" });
  if (speechUri !== "") confUris.push({ uri: speechUri, displayText: "Speech", purpose: "participation" });
  const description: ConferenceDescription = {
    displayText: terms.displayName === "" ? undefined : terms.displayName,
    subject: subject === "" ? undefined : subject,
    confUris: { state: "full", entries: confUris },
    maximumUserCount: Number.isFinite(terms.maxParticipants) ? terms.maxParticipants : undefined,
    availableMedia: [{ label: "chat", type: "message", status: "sendrecv" }],
  };
  return conferenceDescriptionMarkup(description).markup;
}

/** `conference-state` as somebody sees it. `own`: the hidden participant who looks, 0 for none. */
export function stateText(room: Room, own: number): string {
  let connected = 0, there = 0;
  for (const participant of room.participants) {
    if (!isShown(participant, own)) continue;
    if (participant.standing === "connected") connected++;
    if (participant.standing !== "disconnected") there++;
  }
  const locked = there >= room.terms.maxParticipants;
  return conferenceStateMarkup({ userCount: connected, active: true, locked }).markup;
}

/** The same of a room that has ended. */
export function endedStateText(): string {
  return conferenceStateMarkup({ userCount: 0, active: false }).markup;
}

/** Who came by bcc is seen by itself alone (RFC 5364 §4). */
export function isShown({ hidden, id }: Participant, own: number): boolean {
  return !hidden || id === own;
}

/** A participant's element. Nothing of it but `shown`, the nickname and what has become of it leaves the room. */
export function userText(participant: Participant, role: string): string {
  const { shown, nickname, standing, joinedBy, leftBy, since } = participant;
  const at = { when: new Date(since).toISOString().replace(/\.[0-9]{3}Z$/, "Z") };
  const isOut = standing === "disconnected" || standing === "absent";
  const endpoint: ConferenceEndpoint = {
    // One for all devices (RFC 4575 §5.6.6): how many there are, and where, is nobody's business.
    entity: shown.uri,
    state: "full",
    displayText: nickname === "" ? undefined : nickname,
    status: STATUSES[standing],
    joiningMethod: joinedBy,
    joiningInfo: standing === "connected" ? at : undefined,
    disconnectionMethod: standing === "absent" ? "failed" : leftBy ?? undefined,
    disconnectionInfo: isOut ? at : undefined,
    media: [],
  };
  const name = nickname === "" ? shown.name : nickname;
  return conferenceUserMarkup({
    entity: shown.uri,
    state: "full",
    displayText: name === "" ? undefined : name,
    nickname: nickname === "" ? undefined : nickname,
    roles: role === "" ? undefined : [role],
    endpoints: [endpoint],
  }).markup;
}

/** What a participant's element was made of. */
interface KnownUser {
  readonly standing: Standing;
  readonly joinedBy: Participant["joinedBy"];
  readonly leftBy: Participant["leftBy"];
  readonly since: number;
  readonly nickname: string;
  readonly name: string;
  readonly uri: string;
  readonly octets: Uint8Array;
}

/** The elements of a room's participants as octets, each made when it is another one than before. */
export class UserTexts {
  readonly #known = new Map<number, KnownUser>();
  readonly #roleOf: (participant: Participant) => string;

  /** `roleOf`: "" for none. */
  constructor(roleOf: (participant: Participant) => string) {
    this.#roleOf = roleOf;
  }

  of(participant: Participant): Uint8Array {
    const { id, standing, joinedBy, leftBy, since, nickname, shown: { name, uri } } = participant;
    const known = this.#known.get(id);
    const isSame = known !== undefined && known.standing === standing && known.since === since &&
      known.joinedBy === joinedBy && known.leftBy === leftBy && known.nickname === nickname && known.name === name &&
      known.uri === uri;
    if (isSame) return known.octets;
    const octets = utf8(userText(participant, this.#roleOf(participant)));
    this.#known.set(id, { standing, joinedBy, leftBy, since, nickname, name, uri, octets });
    return octets;
  }

  /** Roles are others now. */
  clear(): void {
    this.#known.clear();
  }
}

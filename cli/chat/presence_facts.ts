import type { WatchedUser } from "../../client/mod.ts";
import {
  firstLocation,
  locationWords,
  parsePresence,
  type PresenceDocument,
  PresenceProblem,
} from "../../transport/presence/mod.ts";

/** What an event tells of somebody who is watched. */
export function presenceFacts({ uri, state, status, document, reason }: WatchedUser) {
  const until = status === null || status.until === null ? "" : new Date(status.until).toISOString();
  const place = document === null ? "" : placeIn(document);
  return { of: uri, state, status: status?.status ?? "", note: status?.note ?? "", until, place, reason } as const;
}

/** Where somebody is, in words; "" where that is not said. */
function placeIn(document: PresenceDocument): string {
  const location = firstLocation(document);
  return location === null ? "" : locationWords(location);
}

/** The same of a message that tells it (RFC 4119); "" for what cannot be read. */
export function placeOf(body: Uint8Array): string {
  try {
    return placeIn(parsePresence(body));
  } catch (error) {
    if (error instanceof PresenceProblem) return "";
    throw error;
  }
}

import type { CallEnd } from "../../../transport/sip/mod.ts";
import type { Party } from "./media_plane.ts";
import type { SessionEndReason } from "./session_events.ts";

/** What the BYE says (RFC 3326). */
export interface EndWords {
  /** A Reason value; "" for none. */
  readonly reason: string;
}

const WORDS: Readonly<Record<SessionEndReason, string>> = {
  inviter: "",
  invitee: "",
  inactivity: 'SIP;cause=200;text="inactivity"',
  duration: 'SIP;cause=200;text="longest duration reached"',
  "connection lost": 'SIP;cause=500;text="MSRP connection lost"',
  "session timer": 'SIP;cause=408;text="session expired"',
  "registration lost": 'SIP;cause=480;text="registration lost"',
  "user not in service": 'SIP;cause=403;text="user is not in service"',
  administrator: 'SIP;cause=200;text="ended by the administrator"',
  shutdown: 'SIP;cause=503;text="server shuts down"',
  failure: 'SIP;cause=488;text="session could not be set up"',
};

export function endWords(why: SessionEndReason): EndWords {
  return { reason: WORDS[why] };
}

/** Why a session is over whose call with that party ended. */
export function endReason(party: Party, end: CallEnd): SessionEndReason {
  switch (end.by) {
    case "peer":
      return party;
    case "session-timer":
    case "no-ack":
      return "session timer";
    case "us":
    case "failure":
      return "failure";
  }
}

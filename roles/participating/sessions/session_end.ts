import type { CallEnd } from "../../../transport/sip/mod.ts";
import type { Party } from "./media_plane.ts";
import type { SessionEndReason, SessionEvents } from "./session_events.ts";

const WORDS: Readonly<Record<SessionEndReason, string>> = {
  inviter: "",
  invitee: "",
  inactivity: 'SIP;cause=200;text="inactivity"',
  duration: 'SIP;cause=200;text="longest duration reached"',
  "connection lost": 'SIP;cause=500;text="MSRP connection lost"',
  "session timer": 'SIP;cause=408;text="session expired"',
  "registration lost": 'SIP;cause=480;text="registration lost"',
  // Whose rules they are, and that it is rules, is nobody's business.
  "access rules": "",
  "user not in service": 'SIP;cause=403;text="user is not in service"',
  administrator: 'SIP;cause=200;text="ended by the administrator"',
  replaced: 'SIP;cause=200;text="goes on as a conference"',
  shutdown: 'SIP;cause=503;text="server shuts down"',
  failure: 'SIP;cause=488;text="session could not be set up"',
};

/** What BYE and CANCEL say (RFC 3326): a Reason value; "" for none. */
export function reasonOf(why: SessionEndReason): string {
  return WORDS[why];
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

/** What the other party is told of that. */
export function reasonFrom(party: Party, end: CallEnd): string {
  if (end.reason !== "") return end.reason;
  return end.status > 0 ? `SIP;cause=${end.status};text="other party lost"` : reasonOf(endReason(party, end));
}

/** How it counts where the session never stood. */
export interface Untimely {
  readonly status: number;
  readonly by: SessionEvents["sessionRefused"]["by"];
}

export function untimely(party: Party, { by, status }: CallEnd): Untimely {
  const given = status > 0 ? status : by === "peer" ? 487 : 408;
  return { status: given, by: party === "inviter" ? "inviter" : "device" };
}

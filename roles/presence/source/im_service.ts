import {
  parsePresence,
  type PresenceDocument,
  readdressed,
  type ServiceContent,
  writePresence,
} from "../../../transport/presence/mod.ts";

/** The service of this box, as OMA names it, and its version. */
export const IM_SERVICE = "org.openmobilealliance:IM-session";
const IM_VERSION = "2.0";

/** What the box knows of a user's IM service: any of these, as bits. */
export const REGISTERED = 1;
/** Nothing may come in to the user. Said only of who is registered. */
export const BARRED = 2;
/** In at least one session. Said only of who is registered. */
export const IN_SESSION = 4;

/** Of who is not there: nothing else is said, whatever else is true. */
export const NOT_THERE = 0;

/** The tuple of the IM service (oma-reference §6.2) of a user whose address-of-record is `aor`. */
export function imService(aor: string, state: number): ServiceContent {
  const registered = (state & REGISTERED) !== 0;
  const barred = registered && (state & BARRED) !== 0;
  const open = registered && !barred ? "open" : "closed";
  return {
    id: "im",
    basic: open,
    serviceId: IM_SERVICE,
    serviceVersion: IM_VERSION,
    willingness: open,
    sessionParticipation: registered && (state & IN_SESSION) !== 0 ? "open" : "closed",
    registrationState: registered ? "active" : "terminated",
    barringState: barred ? "active" : "terminated",
    contact: aor,
  };
}

/** The same as documents that can be composed with those of others: each state is written and read once, not for each user. */
export class ImDocuments {
  readonly #salt: string;
  readonly #templates = new Map<number, PresenceDocument>();

  /** `salt` as of `readPresence`. */
  constructor(salt: string) {
    this.#salt = salt;
  }

  of(aor: string, state: number): PresenceDocument {
    let template = this.#templates.get(state);
    if (template === undefined) {
      const text = writePresence({ entity: ANYBODY, services: [imService(ANYBODY, state)] });
      this.#templates.set(state, template = parsePresence(text, this.#salt));
    }
    return readdressed(template, aor, this.#salt);
  }
}

const ANYBODY = "sip:anybody@anywhere.invalid";

import type { Clock, Log, Timers } from "../../../foundation/mod.ts";
import { RestProblem, type SessionAnswer } from "../doors.ts";
import type { ImStack, ImStackParts, MakeSocket } from "./im_stack.ts";
import type { Surroundings } from "./surroundings.ts";

/** What a link is made of. */
export interface PortalLinkParts {
  readonly session: SessionAnswer;
  /** Asks for the session again; rejects with RestProblem, 401 where it is over. */
  readonly openSession: () => Promise<SessionAnswer>;
  /** Ends the session at the service. */
  readonly closeSession: () => Promise<void>;
  /** `urn:uuid:…`: of this tab (RFC 5626 §4.1), the same after a reload. */
  readonly instance: string;
  /** `https://im.example.test:8443` */
  readonly baseUrl: string;
  readonly makeSocket: MakeSocket;
  readonly surroundings: Surroundings;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  /** 0 up to 1; default `Math.random`. */
  readonly random?: () => number;
  /** Brings the client and all below it. Default: a script of its own, so that the page is shown before. */
  readonly loadStack?: () => Promise<new (parts: ImStackParts) => ImStack>;
}

/** What a user is called; never empty. */
export function shownName({ display_name, aor }: SessionAnswer): string {
  return display_name === "" ? aor.replace(/^sips?:/, "") : display_name;
}

/** The session that was asked for; what is none (a network that answers in the place of the service) counts as no answer. */
export async function askedSession(openSession: PortalLinkParts["openSession"]): Promise<SessionAnswer> {
  const session = await openSession();
  const { username, password, expires_at, limits } = (session ?? {}) as Partial<SessionAnswer>;
  const isOne = typeof username === "string" && typeof password === "string" && typeof expires_at === "number" &&
    Array.isArray(limits?.file_types);
  if (!isOne) throw new RestProblem({ status: 0, text: "", retryAfter: 0, fields: {} });
  return session;
}

/** Why a session could not be had. */
export function problemOf(error: unknown): Pick<RestProblem, "status" | "text" | "retryAfter"> {
  return error instanceof RestProblem ? error : { status: 0, text: "", retryAfter: 0 };
}

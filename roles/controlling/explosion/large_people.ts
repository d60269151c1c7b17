import type { Subscriber } from "../../../storage/mod.ts";
import type { AccessDecision, Communication } from "../../participating/mod.ts";
import { addressOfText, serviceState } from "../../sip_core/mod.ts";
import type { Fate } from "./fate.ts";
import type { LargeDeps } from "./large_deps.ts";

/** Who sends, as the rules of recipients see them. */
export interface LargeSender {
  readonly aor: string;
  readonly number: string;
  readonly anonymous: boolean;
  /** Served here: the sender's own rules are asked. */
  readonly ours: boolean;
  /** The sender lets it be kept for who is away. */
  readonly keeps: boolean;
  /** A room of ours: whom one hears there is its own matter, and nobody's rules are asked. */
  readonly isRoom?: boolean;
}

/** Where a copy goes. */
export interface Placed {
  /** Address-of-record. */
  readonly recipient: string;
  readonly ours: boolean;
  /** False: it is for who is here now, and not kept. */
  readonly keeps: boolean;
  /** It goes out at once: the recipient is here, or it is another server's. */
  readonly now: boolean;
}

/** A copy that is not made: what its recipient counts as. */
export type NotPlaced = Extract<Fate, "d" | "r" | "n">;

/** Rules that change each time they have been read are asked so often. */
const ATTEMPTS = 4;
const YES: AccessDecision = { verdict: "allow", overrides: false };

/**
 * What becomes of the copy for one URI, by what is known and by the rules of both sides (oma-reference §3.2); the same as for a copy
 * that goes by MESSAGE. `decided` once: at once where the rules are known.
 */
export function place(
  deps: LargeDeps,
  sender: LargeSender,
  uri: string,
  decided: (placed: Placed | NotPlaced) => void,
): void {
  const { services, isService, away, subscriber, byNumber } = deps;
  const { aor, domain, number } = addressOfText(uri);
  if (isService(aor)) return decided("n");
  const user = subscriber(aor) ?? (number === "" ? undefined : byNumber(number)) ?? null;
  if (user === null) {
    const served = !aor.startsWith("sip:") || domain === "" || services.domains.has(domain);
    // What waits here for another domain goes out in the name of a user of ours, or not at all.
    if (served || !away.stores || !sender.keeps || !sender.ours) return decided("r");
  } else if (serviceState(user, services.clock) !== "active") return decided("r");
  const recipient = user?.aor ?? aor;
  const { number: asserted, anonymous } = sender;
  if (sender.isRoom === true) {
    return decided(user === null ? foreign(recipient) : forUser(deps, sender.keeps, user));
  }
  const communication: Communication = { from: sender.aor, to: recipient, number: asserted, kind: "large", anonymous };
  ask(deps, communication, sender.ours, user !== null, ATTEMPTS, (decision) => {
    if (decision.verdict === "drop") return decided("d");
    if (decision.verdict === "refuse") return decided("r");
    if (user === null) return decided(foreign(recipient));
    decided(forUser(deps, sender.keeps && decision.stores !== false, user));
  });
}

/** Another server's: it is theirs to keep. */
function foreign(recipient: string): Placed {
  return { recipient, ours: false, keeps: true, now: true };
}

function forUser({ services, unwilling, deferralOf }: LargeDeps, mayKeep: boolean, user: Subscriber): Placed | "r" {
  const { aor } = user;
  const keeps = mayKeep && deferralOf(user) !== "never";
  const held = unwilling(aor);
  const here = services.location.bindings(aor).length > 0 && held === null;
  if (held === "busy" || (!keeps && !here)) return "r";
  return { recipient: aor, ours: true, keeps, now: here };
}

/** The sender's rules first, then the recipient's. */
function ask(
  deps: LargeDeps,
  communication: Communication,
  sender: boolean,
  recipient: boolean,
  attempts: number,
  decided: (decision: AccessDecision) => void,
): void {
  const { access, services: { log } } = deps;
  const outgoing = sender ? access.outgoing(communication) : YES;
  if (outgoing !== undefined && outgoing.verdict !== "allow") return decided(outgoing);
  const incoming = recipient ? access.incoming(communication) : YES;
  if (outgoing !== undefined && incoming !== undefined) return decided(incoming);
  const unread: AccessDecision = { verdict: "refuse", reason: "rules that cannot be read" };
  if (attempts === 0) return decided(unread);
  access.prepare(communication).then(
    () => ask(deps, communication, sender, recipient, attempts - 1, decided),
    (error: Error) => {
      log.error("access rules could not be read", { error: error.message });
      decided(unread);
    },
  ).catch((error: unknown) => {
    log.error("a copy of a large message failed behind its access rules", {
      error: error instanceof Error ? error.stack ?? error.message : String(error),
    });
    // Where it has been decided already this says nothing more.
    decided(unread);
  });
}

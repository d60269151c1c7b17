import type { Subscriber } from "../../../storage/mod.ts";
import {
  bindingTarget,
  bindingTargets,
  type CoreServices,
  serviceState,
  type Target,
  uriTarget,
} from "../../sip_core/mod.ts";
import type { AccessDecision, Communication } from "../../participating/mod.ts";
import type { Entrant } from "../rooms/live_room.ts";
import type { Person } from "./addresses.ts";
import type { FocusDeps } from "./focus_deps.ts";

/** Rules that change each time they have been read are asked so often. */
const ATTEMPTS = 4;

const ANONYMOUS_DOMAIN = "anonymous.invalid";

/** The user that an address names; null for somebody of another domain, or nobody. */
export function subscriberOf(deps: FocusDeps, { aor, number }: Person): Subscriber | null {
  return deps.subscriber(aor) ?? (number === "" ? undefined : deps.byNumber(number)) ?? null;
}

/** Why somebody cannot be asked now, as a status; 0: they can. */
export function unavailable(deps: FocusDeps, { domain, number }: Person, user: Subscriber | null): number {
  const { services, published, unwilling } = deps;
  // An alias of some room: whoever it is of is asked by name or not at all.
  if (user === null && domain === ANONYMOUS_DOMAIN) return 404;
  if (user === null) return services.domains.has(domain) ? 404 : number !== "" && domain === "" ? 404 : 0;
  if (serviceState(user, services.clock) !== "active") return 480;
  const instances = services.location.bindings(user.aor).map(({ instance }) => instance);
  if (published?.barred(user.aor, instances) === true) return 480;
  const held = unwilling?.(user.aor) ?? null;
  return held === null ? 0 : held === "closed" ? 480 : 486;
}

/**
 * Asks the rules of who invites and of who is invited, as far as they are ours (oma-reference §3.2). `decided` gets 0, or the status
 * that a refusal of a device would have had: nobody learns who has blocked whom. It is called at once where the rules are known.
 */
export function askBoth(deps: FocusDeps, by: Entrant, whom: Entrant, decided: (status: number) => void): void {
  const question: Communication = {
    from: by.aor,
    to: whom.aor,
    number: by.number,
    kind: "session",
    anonymous: by.anonymous,
  };
  const sides = { sender: deps.subscriber(by.aor) !== undefined, recipient: deps.subscriber(whom.aor) !== undefined };
  ask(deps, question, sides, decided, ATTEMPTS);
}

interface Sides {
  readonly sender: boolean;
  readonly recipient: boolean;
}

function ask(
  deps: FocusDeps,
  question: Communication,
  sides: Sides,
  decided: (status: number) => void,
  attempts: number,
): void {
  const { access, services: { log } } = deps;
  const outgoing = sides.sender ? access.outgoing(question) : YES;
  const incoming = sides.recipient ? access.incoming(question) : YES;
  if (outgoing !== undefined && incoming !== undefined) return decided(statusOf(outgoing) || statusOf(incoming));
  if (attempts === 0) return decided(503);
  access.prepare(question).then(
    () => ask(deps, question, sides, decided, attempts - 1),
    (error: Error) => {
      log.error("access rules could not be read", { error: error.message });
      decided(503);
    },
  ).catch((error: unknown) => {
    log.error("invitation failed behind its access rules", {
      error: error instanceof Error ? error.stack ?? error.message : String(error),
    });
  });
}

const YES: AccessDecision = { verdict: "allow", overrides: false };

function statusOf({ verdict }: AccessDecision): number {
  return verdict === "allow" ? 0 : verdict === "refuse" ? 603 : 480;
}

/** Where somebody is asked: all devices of a user of ours that take sessions; for another domain its server. */
export function targetsFor(deps: FocusDeps, person: Person, user: Subscriber | null): Target[] {
  if (user === null) return [uriTarget(person.uri)];
  const { services, published } = deps;
  const bindings = services.location.bindings(user.aor);
  const targets: Target[] = [];
  for (const target of bindingTargets(user.aor, bindings, services.wires)) {
    const here = alive(target, services);
    if (here === null) continue;
    const { instance } = here.binding!;
    if (instance === "" || published?.barred(user.aor, [instance]) !== true) targets.push(here);
  }
  return targets;
}

/** On the way to a device that there is; null where all are dead (RFC 5626 §7). */
function alive(target: Target, services: CoreServices): Target | null {
  const [next, ...rest] = target.dead ? target.alternates ?? [] : [];
  if (!target.dead) return target;
  if (next === undefined) return null;
  return alive(bindingTarget(target.aor, next, services.wires, rest.length === 0 ? null : rest), services);
}

import type { Clock, Timed, Timers } from "../../../foundation/mod.ts";
import type { AuditRecord, DeferredMessages, Subscriber } from "../../../storage/mod.ts";
import type { RequestUser, SipResponse, UserAgent, Wires } from "../../../transport/sip/mod.ts";
import { type Binding, bindingTargets, type LocationService, type Target } from "../../sip_core/mod.ts";
import type { Finding, Reachability } from "../services/mod.ts";

/** What the question "why can this user not be reached" looks at. */
export interface ReachabilityParts {
  readonly location: LocationService;
  readonly wires: Wires;
  readonly agent: UserAgent;
  readonly deferredMessages: DeferredMessages;
  readonly domains: readonly string[];
  readonly clock: Clock;
  readonly timers: Timers;
  /** The last log-ins of an address-of-record, newest first. */
  readonly logins: (aor: string) => Promise<readonly AuditRecord[]>;
  readonly limits: (user: Subscriber) => { readonly messages: number; readonly octets: number };
}

/** Devices have so long for their answer. */
const PATIENCE_MS = 4000;
const MINUTE_MS = 60_000;

/** What one device said to OPTIONS. */
type Answer =
  | { readonly kind: "answered"; readonly status: number; readonly ms: number }
  | { readonly kind: "failed"; readonly reason: string }
  | { readonly kind: "silent" };

/** Looks at everything that can stand in the way of a message to this user, in the order in which it would meet it. */
export async function reachabilityOf(user: Subscriber, parts: ReachabilityParts): Promise<Reachability> {
  const { aor } = user;
  const findings: Finding[] = [...standing(user, parts)];
  const blocked = findings.some(({ severity }) => severity === "critical");
  const bindings = parts.location.bindings(aor);
  let answered = 0;
  if (bindings.length === 0) {
    findings.push({
      code: "device.none",
      severity: "critical",
      text: "No device is registered.",
      repair: "Start the client and let it sign in; an invitation configures one without typing.",
    });
    findings.push(...await lastLogins(user, parts));
  }
  const targets = bindingTargets(aor, bindings, parts.wires);
  const answers = await Promise.all(targets.map((target) => asked(aor, target, parts)));
  answers.forEach((answer, i) => {
    const found = deviceFinding(targets[i].binding!, answer);
    if (found.severity === "ok") answered++;
    findings.push(found);
  });
  findings.push(...waiting(user, parts, bindings.length > 0));
  const reachable = !blocked && answered > 0;
  return { uri: aor, reachable, summary: summaryOf(user, reachable, bindings.length, answered, findings), findings };
}

function* standing(user: Subscriber, { domains, clock }: ReachabilityParts): Iterable<Finding> {
  const domain = user.aor.slice(user.aor.indexOf("@") + 1);
  if (!domains.includes(domain)) {
    const text = `The domain ${domain} is not served here (served: ${domains.join(", ")}).`;
    yield {
      code: "domain",
      severity: "critical",
      text,
      repair: "Add the domain in the settings, or give the user another address.",
    };
  }
  switch (user.state) {
    case "suspended":
      yield {
        code: "state",
        severity: "critical",
        text: "The account is suspended.",
        repair: "Resume it on the user's page.",
      };
      return;
    case "barred": {
      const until = user.barredUntil ?? 0;
      if (until !== 0 && until <= clock.now()) return;
      const end = until === 0 ? "without an end" : `until ${new Date(until).toISOString()}`;
      yield {
        code: "state",
        severity: "critical",
        text: `The account is barred ${end}.`,
        repair: "End the bar on the user's page.",
      };
      return;
    }
    case "unsubscribed":
      yield {
        code: "state",
        severity: "critical",
        text: "The user has not entered the service yet.",
        repair: "Their first sign-in, or their confirmation on the invitation's page, enters them.",
      };
      return;
    case "active":
      yield { code: "state", severity: "ok", text: "The account is active.", repair: "" };
  }
}

async function lastLogins(user: Subscriber, { logins, clock }: ReachabilityParts): Promise<Finding[]> {
  const [last] = await logins(user.aor);
  if (last === undefined) {
    const text = "No client has tried to sign in with this address lately.";
    return [{
      code: "login.never",
      severity: "info",
      text,
      repair: "Check user name, domain and server in the client.",
    }];
  }
  const { outcome, source, userAgent } = last.facts;
  const when = `${agoText(clock.now() - last.at)} ago from ${source}${
    userAgent === undefined ? "" : ` (${userAgent})`
  }`;
  if (outcome === "ok") {
    const text = `The last sign-in succeeded ${when}; the registration has ended since.`;
    return [{ code: "login.ended", severity: "info", text, repair: "" }];
  }
  const repair = outcome === "wrong-password"
    ? "Make a new password, or send an invitation."
    : outcome === "locked"
    ? "Too many wrong passwords: it unlocks by itself after a while; check the client's password first."
    : "";
  return [{ code: "login.failed", severity: "critical", text: `The last sign-in failed ${when}: ${outcome}.`, repair }];
}

/** Asks one device with OPTIONS (RFC 3261 §11). */
function asked(aor: string, target: Target, { agent, domains, timers, clock }: ReachabilityParts): Promise<Answer> {
  if (target.dead) return Promise.resolve({ kind: "failed", reason: "its connection has ended" });
  return new Promise((resolve) => {
    const begun = clock.monotonic();
    const waiting: Timed = { onTimer: () => resolve({ kind: "silent" }) };
    const timer = timers.start(PATIENCE_MS, waiting, 0);
    const user: RequestUser = {
      onResponse: (_request, response: SipResponse) => {
        if (response.status < 200) return;
        timer.stop();
        resolve({ kind: "answered", status: response.status, ms: Math.round(clock.monotonic() - begun) });
      },
      onFailure: (_request, failure) => {
        timer.stop();
        resolve({ kind: "failed", reason: `${failure}` });
      },
    };
    agent.send({
      method: "OPTIONS",
      uri: target.uri,
      from: `<sip:${domains[0]}>`,
      to: `<${aor}>`,
      routes: target.routes,
      flowId: target.flow?.id ?? 0,
      headers: [["Accept", "application/sdp"]],
    }, user);
  });
}

function deviceFinding(binding: Binding, answer: Answer): Finding {
  const name = binding.userAgent === "" ? binding.contact : binding.userAgent;
  const device = `The device "${name}" (${binding.transport}, ${binding.source.host})`;
  switch (answer.kind) {
    case "answered":
      return {
        code: "device",
        severity: "ok",
        text: `${device} answers in ${answer.ms} ms (${answer.status}).`,
        repair: "",
      };
    case "silent":
      return {
        code: "device",
        severity: "warning",
        text: `${device} is registered and does not answer within ${PATIENCE_MS / 1000} s.`,
        repair: "Its network path is broken, or it sleeps. Ending its registration makes the client sign in anew.",
      };
    case "failed":
      return {
        code: "device",
        severity: "warning",
        text: `${device} is registered and cannot be reached: ${answer.reason}.`,
        repair: "A firewall, or a client that is gone. Ending its registration makes it sign in anew.",
      };
  }
}

function* waiting(user: Subscriber, parts: ReachabilityParts, online: boolean): Iterable<Finding> {
  const entries = parts.deferredMessages.pending(user.aor);
  const octets = entries.reduce((sum, { size }) => sum + size, 0);
  const limits = parts.limits(user);
  if (entries.length >= limits.messages || octets >= limits.octets) {
    const text = `The store for messages is full (${entries.length} messages, ${octets} octets): senders are refused.`;
    yield {
      code: "quota",
      severity: "critical",
      text,
      repair: "Raise the quota, or let the user sign in and take them.",
    };
  } else if (entries.length > 0) {
    const text = `${entries.length} messages wait for delivery${online ? "; delivery goes on" : ""}.`;
    yield { code: "waiting", severity: online ? "warning" : "info", text, repair: "" };
  }
  if (user.deferral === "never" && !online) {
    const text = "Messages are not kept for this user: senders are refused while nobody is signed in.";
    yield { code: "deferral", severity: "warning", text, repair: "Let messages wait (deferral) on the user's page." };
  }
}

function summaryOf(
  user: Subscriber,
  reachable: boolean,
  devices: number,
  answered: number,
  findings: Finding[],
): string {
  if (reachable) return `${user.aor} can be reached: ${answered} of ${devices} devices answer.`;
  const worst = findings.find(({ severity }) => severity === "critical") ??
    findings.find(({ severity }) => severity === "warning");
  return `${user.aor} cannot be reached. ${worst?.text ?? ""}`.trim();
}

function agoText(ms: number): string {
  const minutes = Math.floor(ms / MINUTE_MS);
  if (minutes < 1) return "less than a minute";
  if (minutes < 120) return `${minutes} minutes`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} hours` : `${Math.floor(minutes / 1440)} days`;
}

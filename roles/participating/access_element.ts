import { addressOf, type Element, type Exchange, type Handler, serviceState } from "../sip_core/mod.ts";
import { mayDefer } from "../deferred/mod.ts";
import { tryParseUri } from "../../transport/sip/mod.ts";
import type { AccessRules } from "./access.ts";
import { askRules, assertedNumber, type Decided, isAnonymous, phraseOf } from "./ask_rules.ts";
import { factsOf } from "./pager_events.ts";
import { deferralOf, NOT_LOGGED_IN, type TerminatingDeps } from "./terminating.ts";
import { refusal } from "./warning.ts";

export interface AccessDeps extends Pick<TerminatingDeps, "services" | "settings" | "events" | "published"> {
  readonly access: AccessRules;
  /** Who speaks in Warnings: our first domain. */
  readonly host: string;
}

/**
 * Access rules for MESSAGE (oma-reference §3.2), in pager mode and where one is carried as a large message: those of the sender
 * and those of the recipient, as far as they are ours. It stands behind the target class: only there is it known who is meant,
 * whichever of their names the request has. Reports and indications of composing are messages like any other. A REFER that begins
 * something is asked about, too: it would have the recipient's device call whom the sender likes. Of anything else that is for a
 * user's device, but INVITE, which has a row of its own, only the recipient's rules are asked: who is blocked does not learn either
 * whether the device is there.
 */
export function accessElement(deps: AccessDeps): Element {
  const { access, services, settings } = deps;
  return (next) => {
    const decided = settle(deps, next);
    return (exchange) => {
      const { request, subscriber, recipient } = exchange;
      const asked = whoIsAsked(exchange);
      if (asked === "nobody") return next(exchange);
      const sender = asked === "both" && subscriber !== null && (!exchange.trusted || exchange.originating);
      // Who may receive nothing at present is not asked about their rules: the row behind refuses.
      const served = recipient !== null &&
        (recipient.state === "active" || serviceState(recipient, services.clock) === "active");
      if (!sender && !served) return next(exchange);
      const communication = {
        from: subscriber?.aor ?? exchange.identity?.aor ?? "",
        to: recipientOf(exchange),
        number: assertedNumber(exchange),
        kind: request.method !== "MESSAGE" ? "session" : request.body.length > settings.limit_bytes ? "large" : "pager",
        anonymous: isAnonymous(request),
      } as const;
      askRules(access, { exchange, communication, sender, recipient: served }, decided, services.log);
    };
  };
}

/** What carries nothing to a user outside a dialog, and INVITE, of which the sessions' row asks. */
const NOT_ASKED: ReadonlySet<string> = new Set(["INVITE", "ACK", "BYE", "PRACK", "UPDATE"]);

function whoIsAsked(exchange: Exchange): "both" | "recipient" | "nobody" {
  const { request: { method, to }, recipient, subscriber, inDialogThroughUs } = exchange;
  if (method === "MESSAGE") return "both";
  // Inside a call that was let through it belongs to that call, to a device by its contact.
  const inside = inDialogThroughUs && to.tag !== "";
  if (method === "REFER") return inside && recipient === null ? "nobody" : "both";
  if (recipient === null || inside || NOT_ASKED.has(method)) return "nobody";
  return recipient.aor === subscriber?.aor ? "nobody" : "recipient";
}

/** A user's address-of-record, else the target folded; as it is written where it is no address. */
export function recipientOf({ recipient, target }: Pick<Exchange, "recipient" | "target">): string {
  if (recipient !== null) return recipient.aor;
  const uri = tryParseUri(target);
  return (uri === null ? "" : addressOf(uri).aor) || target;
}

function settle(deps: AccessDeps, next: Handler): Decided {
  const { events, services, host } = deps;
  return (exchange, { to }, decision, of) => {
    switch (decision.verdict) {
      case "allow":
        if (decision.stores === false) exchange.storable = false;
        return next(exchange);
      case "refuse": {
        const [reason, by] = of === "sender"
          ? ["Sender may not send to this recipient", "sender rules"] as const
          : ["Recipient does not accept this message", "recipient rules"] as const;
        exchange.reply(403, refusal(host, reason, phraseOf(decision)));
        if (exchange.request.method !== "MESSAGE") return;
        if (!events.heard("messageRefused")) return;
        return events.emit("messageRefused", { ...factsOf(exchange, to, services.clock.now()), status: 403, by });
      }
      case "drop": {
        // As the proxy does where there is no device.
        if (exchange.request.method !== "MESSAGE") {
          return exchange.reply(480, { reason: "Recipient is not registered" });
        }
        const status = answerAsIf(exchange, deps);
        if (!events.heard("messageDropped")) return;
        return events.emit("messageDropped", { ...factsOf(exchange, to, services.clock.now()), status });
      }
    }
  };
}

/**
 * What the sender would be told if the recipient's rules were silent, as far as that is known without asking a device; gives the
 * status.
 */
function answerAsIf(exchange: Exchange, { services, published }: AccessDeps): number {
  const recipient = exchange.recipient!;
  const deferral = deferralOf(recipient, published);
  const keeps = deferral !== "never" && mayDefer(exchange.request);
  const there = services.location.bindings(recipient.aor).length > 0 && !(keeps && deferral === "always");
  const status = there ? 200 : keeps ? 202 : 480;
  exchange.reply(status, status === 480 ? { reason: NOT_LOGGED_IN } : {});
  return status;
}

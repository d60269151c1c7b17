import { subscriptionStateText } from "../event_header.ts";
import type { EventPackage, Notification } from "../event_package.ts";
import type { RequestParts } from "../user_agent.ts";
import { type EndReason, eventText } from "./event_headers.ts";
import { agreedRates, type EventRates, ratesText } from "./rate_parameters.ts";

/** What a NOTIFY says of its subscription. */
export interface NotifyFacts {
  readonly id: string;
  readonly eventId: string;
  readonly eventPackage: EventPackage;
  readonly state: "init" | "pending" | "active" | "terminated";
  readonly endReason: EndReason;
}

/**
 * The NOTIFY of a subscription (RFC 6665 §4.2.2). `notification`: null for one without a body; `said` false: its tag goes without what
 * it names. `expires_s`: what is left of its time.
 */
export function notifyRequest(
  facts: NotifyFacts,
  rates: EventRates | null,
  notification: Notification | null,
  said: boolean,
  flowId: number,
  expires_s: number,
): RequestParts {
  const { id, eventId, eventPackage } = facts;
  const { requires } = eventPackage;
  const state = stateText(facts, expires_s, rates);
  let lines = `Event: ${eventText(eventPackage.name, eventId)}\r\nSubscription-State: ${state}\r\n`;
  if (requires !== undefined) lines += `Require: ${requires.join(", ")}\r\n`;
  if (notification?.etag !== undefined) lines += `SIP-ETag: ${notification.etag}\r\n`;
  const hasBody = said && notification !== null && notification.body.length > 0;
  return {
    method: "NOTIFY",
    flowId,
    contact: id,
    lines,
    contentType: hasBody ? notification.contentType : undefined,
    body: hasBody ? notification.body : undefined,
  };
}

function stateText(facts: NotifyFacts, expires_s: number, asked: EventRates | null): string {
  const { state, endReason, eventPackage: { rates } } = facts;
  if (state === "terminated") return subscriptionStateText({ state, reason: endReason });
  const text = `${state === "active" ? "active;expires=" : "pending;expires="}${expires_s}`;
  return asked === null || rates === undefined ? text : text + ratesText(asked, agreedRates(asked, expires_s, rates));
}

import { subscriptionStateText } from "../event_header.ts";
import type { EventPackage, Notification } from "../event_package.ts";
import type { HeaderName } from "../header_names.ts";
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
  /** Seconds. */
  readonly expires: number;
}

/**
 * The NOTIFY of a subscription (RFC 6665 §4.2.2). `notification`: null for one without a body; `said` false: its tag goes without what
 * it names.
 */
export function notifyRequest(
  facts: NotifyFacts,
  rates: EventRates | null,
  notification: Notification | null,
  said: boolean,
  flowId: number,
): RequestParts {
  const { id, eventId, eventPackage } = facts;
  const headers: (readonly [HeaderName, string])[] = [
    ["Event", eventText(eventPackage.name, eventId)],
    ["Subscription-State", stateText(facts, rates)],
  ];
  const { requires } = eventPackage;
  if (requires !== undefined) headers.push(["Require", requires.join(", ")]);
  if (notification?.etag !== undefined) headers.push(["SIP-ETag", notification.etag]);
  const hasBody = said && notification !== null && notification.body.length > 0;
  return {
    method: "NOTIFY",
    flowId,
    contact: id,
    headers,
    contentType: hasBody ? notification.contentType : undefined,
    body: hasBody ? notification.body : undefined,
  };
}

function stateText({ state, endReason, expires, eventPackage }: NotifyFacts, asked: EventRates | null): string {
  if (state === "terminated") return subscriptionStateText({ state, reason: endReason });
  const text = subscriptionStateText({ state: state === "active" ? "active" : "pending", expires });
  const { rates } = eventPackage;
  return asked === null || rates === undefined ? text : text + ratesText(asked, agreedRates(asked, expires, rates));
}

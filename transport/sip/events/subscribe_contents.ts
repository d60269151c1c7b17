import { detached } from "../../../foundation/mod.ts";
import type { EventPackage, Notification, SubscribeContents, Subscription } from "../event_package.ts";
import type { SipRequest } from "../message.ts";
import { NO_PARAMS, type Params } from "../params.ts";
import { mediaType } from "./event_headers.ts";
import { type EventRates, readEventRates } from "./rate_parameters.ts";

/** How often the subscriber wants to be told; null where nothing is said, a text for what is none (RFC 6446 §9.2). */
export function askedRates(params: Params): EventRates | string | null {
  if (params.size === 0) return null;
  try {
    const rates = readEventRates(params);
    return rates.maxRate + rates.minRate + rates.adaptiveMinRate === 0 ? null : rates;
  } catch (error) {
    if (error instanceof SyntaxError) return error.message;
    throw error;
  }
}

/** As if its SUBSCRIBE came again. */
export function contentsAgain(subscription: Subscription, expires: number): SubscribeContents {
  const { resource, watcher, params = NO_PARAMS } = subscription;
  return { resource, watcher, params, filter: null, subscription, expires, displayName: "", options: [] };
}

/** Kept as long as the subscription: not as parts of the text of a whole message. */
export function detachedParams(params: Params): Params {
  if (params.size === 0 || (params.size === 1 && params.has("id"))) return NO_PARAMS;
  return new Map([...params].map(([name, value]) => [detached(name), detached(value)]));
}

/** Whether the subscriber says that it has just this state (RFC 5839 §6.2). */
export function hasState(request: SipRequest, eventPackage: EventPackage, contents: SubscribeContents): boolean {
  const tag = request.get("Suppress-If-Match")?.trim();
  if (tag === undefined || eventPackage.stateTag === undefined) return false;
  return tag === "*" || tag === eventPackage.stateTag(contents);
}

/** Whether nothing is to be told of the state until the next SUBSCRIBE (RFC 5839 §5.2.3). */
export function isQuenched(request: SipRequest): boolean {
  return request.get("Suppress-If-Match")?.trim() === "*";
}

/** A filter in a SUBSCRIBE's body (RFC 4660). */
export function filterOf(request: SipRequest, body: Uint8Array): Notification | null {
  if (body.length === 0) return null;
  const contentType = request.get("Content-Type") ?? "", type = mediaType(contentType);
  // Parts cannot be told apart without the boundary.
  const kept = type.startsWith("multipart/") ? contentType : type;
  return { contentType: detached(kept), body: body.slice() };
}

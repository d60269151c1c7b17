/**
 * The event framework: SUBSCRIBE and NOTIFY on both sides (RFC 6665), PUBLISH (RFC 3903), how often is told (RFC 6446).
 */
export { preferredFlow } from "./contact_flow.ts";
export { acceptable, type EndReason, mediaType, tryEvent } from "./event_headers.ts";
export type { ContentDecoder } from "./content_coding.ts";
export { EventServer, type EventServerOptions } from "./notifier.ts";
export { ServerSubscription } from "./server_subscription.ts";
export type { DurableState, DurableStates } from "./durable_states.ts";
export type * from "./publication_rules.ts";
export { PublicationStore } from "./publication_store.ts";
export { statesByEvent } from "./states_by_event.ts";
export {
  EventSubscriber,
  type EventSubscriberOptions,
  type ReceivedNotification,
  type SubscribeRequest,
  type SubscriptionUser,
} from "./event_subscriber.ts";
export { ClientSubscription } from "./client_subscription.ts";
export * from "./rate_parameters.ts";
export type { SubscriberDevices } from "./subscription_way.ts";
export { NotificationPacing } from "./rate_pacing.ts";

/**
 * The event framework: SUBSCRIBE and NOTIFY on both sides (RFC 6665), PUBLISH (RFC 3903), how often is told (RFC 6446).
 */
export { preferredFlow } from "./contact_flow.ts";
export { acceptable, type EndReason, mediaType, tryEvent } from "./event_headers.ts";
export { EventServer, type EventServerOptions } from "./notifier.ts";
export { ServerSubscription } from "./server_subscription.ts";
export {
  type Publication,
  type PublicationRequest,
  type PublicationResult,
  type PublicationRules,
  PublicationStore,
} from "./publication_store.ts";
export {
  EventSubscriber,
  type EventSubscriberOptions,
  type ReceivedNotification,
  type SubscribeRequest,
  type SubscriptionUser,
} from "./event_subscriber.ts";
export { ClientSubscription } from "./client_subscription.ts";
export * from "./rate_parameters.ts";
export { NotificationPacing } from "./rate_pacing.ts";

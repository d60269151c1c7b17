/** Conference information (RFC 4575 §5): what a document says, whole or in part. */

export const CONFERENCE_INFO_TYPE = "application/conference-info+xml";
export const CONFERENCE_INFO_NAMESPACE = "urn:ietf:params:xml:ns:conference-info";
/** Of the data model for centralized conferences (RFC 6501): where `nickname` comes from (RFC 7701 §7.4). */
export const XCON_NAMESPACE = "urn:ietf:params:xml:ns:xcon-conference-info";

/** Whether an element is the whole, what has changed in it, or is gone (§4.4). */
export const INFO_STATES = ["full", "partial", "deleted"] as const;
export type InfoState = typeof INFO_STATES[number];

/** §5.7.3. */
export const ENDPOINT_STATUSES = [
  "pending",
  "dialing-out",
  "dialing-in",
  "alerting",
  "on-hold",
  "connected",
  "muted-via-focus",
  "disconnecting",
  "disconnected",
] as const;
export type EndpointStatus = typeof ENDPOINT_STATUSES[number];

export const JOINING_METHODS = ["dialed-in", "dialed-out", "focus-owner"] as const;
export type JoiningMethod = typeof JOINING_METHODS[number];

export const DISCONNECTION_METHODS = ["departed", "booted", "failed", "busy"] as const;
export type DisconnectionMethod = typeof DISCONNECTION_METHODS[number];

export const MEDIA_STATUSES = ["recvonly", "sendonly", "sendrecv", "inactive"] as const;
export type MediaStatus = typeof MEDIA_STATUSES[number];

/** One document, or a sidebar inside of one. What is undefined it does not say: in a partial one that has not changed. */
export interface ConferenceInfo {
  /** The conference URI: what is subscribed to. */
  readonly entity: string;
  readonly state: InfoState;
  /** Counts the documents of one subscription; only sidebars have none. */
  readonly version?: number;
  readonly description?: ConferenceDescription;
  readonly host?: ConferenceHost;
  readonly conferenceState?: ConferenceState;
  readonly users?: ConferenceUsers;
  readonly sidebarsByRef?: ConferenceUris;
  readonly sidebarsByVal?: ConferenceSidebars;
}

/** §5.3. */
export interface ConferenceDescription {
  readonly displayText?: string;
  readonly subject?: string;
  readonly freeText?: string;
  readonly keywords?: readonly string[];
  /** Ways into the conference: `purpose` is `participation` or `streaming`. */
  readonly confUris?: ConferenceUris;
  /** What else there is: `web-page`, `recording`, `event`. */
  readonly serviceUris?: ConferenceUris;
  readonly maximumUserCount?: number;
  readonly availableMedia?: readonly AvailableMedium[];
}

/** A set of URIs; `state` counts for sidebars only. */
export interface ConferenceUris {
  readonly state: InfoState;
  readonly entries: readonly ConferenceUri[];
}

export interface ConferenceUri {
  readonly uri: string;
  readonly displayText?: string;
  readonly purpose?: string;
}

/** §5.3.4; `label` is its key. */
export interface AvailableMedium {
  readonly label: string;
  readonly displayText?: string;
  /** As in SDP: `message`. */
  readonly type: string;
  readonly status?: MediaStatus;
}

/** §5.4. */
export interface ConferenceHost {
  readonly displayText?: string;
  readonly webPage?: string;
  readonly uris?: ConferenceUris;
}

/** §5.5. */
export interface ConferenceState {
  readonly userCount?: number;
  readonly active?: boolean;
  readonly locked?: boolean;
}

export interface ConferenceUsers {
  readonly state: InfoState;
  readonly users: readonly ConferenceUser[];
}

/** §5.6; `entity` is its key. */
export interface ConferenceUser {
  readonly entity: string;
  readonly state: InfoState;
  readonly displayText?: string;
  /** RFC 7701 §7.4, §9.6. */
  readonly nickname?: string;
  readonly associatedAors?: ConferenceUris;
  /** For people. */
  readonly roles?: readonly string[];
  readonly languages?: readonly string[];
  readonly cascadedFocus?: string;
  readonly endpoints: readonly ConferenceEndpoint[];
}

/** §5.7; `entity` is its key among those of one user, "" where it has none. */
export interface ConferenceEndpoint {
  readonly entity: string;
  readonly state: InfoState;
  readonly displayText?: string;
  readonly referred?: ConferenceAction;
  readonly status?: EndpointStatus;
  readonly joiningMethod?: JoiningMethod;
  readonly joiningInfo?: ConferenceAction;
  readonly disconnectionMethod?: DisconnectionMethod;
  readonly disconnectionInfo?: ConferenceAction;
  readonly media: readonly ConferenceMedium[];
  readonly callInfo?: ConferenceCall;
}

/** When, why and by whom something was done. */
export interface ConferenceAction {
  /** xs:dateTime, as written. */
  readonly when?: string;
  readonly reason?: string;
  readonly by?: string;
}

/** §5.8; `id` is its key among those of one endpoint. */
export interface ConferenceMedium {
  readonly id: string;
  readonly displayText?: string;
  readonly type?: string;
  readonly label?: string;
  readonly srcId?: string;
  readonly status?: MediaStatus;
}

/** The SIP dialog of an endpoint with the focus (§5.7.9). */
export interface ConferenceCall {
  readonly displayText?: string;
  readonly callId: string;
  readonly fromTag: string;
  readonly toTag: string;
}

export interface ConferenceSidebars {
  readonly state: InfoState;
  readonly entries: readonly ConferenceInfo[];
}

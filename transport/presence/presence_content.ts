import type { PresenceLocation } from "./location.ts";

/** Text for people, with its language (RFC 3066; "" for not said). */
export interface PresenceNote {
  readonly text: string;
  readonly language: string;
}

export type Openness = "open" | "closed";
export type Activeness = "active" | "terminated";

/** RFC 4480 §3.14. */
export interface UserInput {
  readonly value: "active" | "idle";
  /** Seconds. */
  readonly idleThreshold?: number;
  /** ms since 1970. */
  readonly lastInput?: number;
}

/** Values out of a list of RPID that others may extend: activities, moods, kinds of place (RFC 4480 §3.2). */
export interface RpidValues {
  /** Names of elements: `meeting`, `on-the-phone`. */
  readonly values: readonly string[];
  /** Values that no list has, in words. */
  readonly others: readonly string[];
  readonly notes: readonly PresenceNote[];
  /** ms since 1970. */
  readonly from?: number;
  readonly until?: number;
}

/** A service: a tuple with what OMA says of it (RFC 3863 §4.1, oma-reference §6.1). Left out is not said. */
export interface ServiceContent {
  readonly id: string;
  readonly basic?: Openness;
  /** `org.openmobilealliance:IM-session` */
  readonly serviceId?: string;
  readonly serviceVersion?: string;
  readonly description?: string;
  /** A URI. */
  readonly contact?: string;
  /** 0 to 1, three decimals. */
  readonly priority?: number;
  readonly willingness?: Openness;
  readonly sessionParticipation?: Openness;
  readonly registrationState?: Activeness;
  readonly barringState?: Activeness;
  readonly deviceIds?: readonly string[];
  readonly className?: string;
  readonly userInput?: UserInput;
  readonly location?: PresenceLocation;
  readonly notes?: readonly PresenceNote[];
  /** ms since 1970. */
  readonly timestamp?: number;
}

/** A person (RFC 4479 §3.2, RFC 4480, RFC 4482). Left out is not said. */
export interface PersonContent {
  readonly id: string;
  readonly activities?: readonly RpidValues[];
  readonly mood?: readonly RpidValues[];
  readonly className?: string;
  readonly sphere?: string;
  readonly statusIcon?: string;
  /** Minutes ahead of UTC. */
  readonly timeOffset?: number;
  readonly userInput?: UserInput;
  /** For all services, until then (ms since 1970) where that is said. */
  readonly overridingWillingness?: { readonly value: Openness; readonly until?: number };
  readonly displayName?: string;
  readonly icon?: string;
  readonly homepage?: string;
  readonly location?: PresenceLocation;
  readonly notes?: readonly PresenceNote[];
  readonly timestamp?: number;
}

/** A device (RFC 4479 §3.4). Left out is not said. */
export interface DeviceContent {
  readonly id: string;
  /** A URN. */
  readonly deviceId: string;
  readonly networks?: readonly { readonly id: string; readonly state: Activeness }[];
  readonly className?: string;
  readonly userInput?: UserInput;
  readonly location?: PresenceLocation;
  readonly notes?: readonly PresenceNote[];
  readonly timestamp?: number;
}

export interface PresenceContent {
  /** The presentity's URI. */
  readonly entity: string;
  readonly services?: readonly ServiceContent[];
  readonly persons?: readonly PersonContent[];
  readonly devices?: readonly DeviceContent[];
  readonly notes?: readonly PresenceNote[];
}

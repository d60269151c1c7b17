import type { TellingSettings } from "../telling_terms.ts";

/** What an operator sets of lists; read at each use, as the console may change it meanwhile. */
export interface ListSettings extends TellingSettings {
  /** Members of one list. */
  list_size: number;
  /** Members at other domains that are watched for one user. */
  other_domains: number;
}

/** What is bounded beside that. */
export interface ListLimits {
  /** Subscriptions to lists that one user has at a time. */
  readonly listsOfUser: number;
  /** Members at other domains that are watched, for all users. */
  readonly otherDomains: number;
  /**
   * Octets of the body of one NOTIFY. One that is too large for UDP goes by TCP (RFC 3261 §18.1.1), or else in fragments, of which a
   * datagram holds 64 KB; full state names all members and is larger than a datagram that is not fragmented for any list.
   */
  readonly octets: number;
}

export const LIST_LIMITS: ListLimits = { listsOfUser: 20, otherDomains: 5000, octets: 49_152 };

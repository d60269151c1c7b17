import type { CopyControl } from "../../../transport/payload/mod.ts";

/** Somebody who is to get a copy. */
export interface Recipient {
  /** The URI to send to. */
  readonly uri: string;
  /** "" where the list does not say (RFC 5364 §4): then nobody is told who else has got it. */
  readonly copy: CopyControl | "";
  /** Its address is not shown to the others. */
  readonly anonymize: boolean;
}

/** What has become of one copy. */
export type Fate =
  /** Not known yet. */
  | "."
  /** A device took it. */
  | "d"
  /** Stored; it comes when the recipient is there. */
  | "w"
  /** Refused, or there is nobody. */
  | "r"
  /** A group, a room, or the service itself: lists are not nested. */
  | "n";

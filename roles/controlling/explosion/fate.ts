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

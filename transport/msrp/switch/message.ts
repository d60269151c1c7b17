/** A message as a room passes it on: its octets stand here once, however many get it. */
export interface SwitchedMessage {
  /** Place in the order of the room, from 1; what is later has a larger one, over restarts too. */
  readonly seq: number;
  /** As its sender gave it: every copy bears it. */
  readonly messageId: string;
  /** Of the body: `message/cpim` as a rule. */
  readonly contentType: string;
  /** The body in order, in pieces; they are never changed. */
  readonly body: readonly Uint8Array[];
  /** Octets of the body. */
  readonly size: number;
  /** Whom it came from (`SwitchLeg.party`); 0: the room itself. */
  readonly from: number;
  /** Parties that get it; null: all, but those that `skips` names. */
  readonly to: readonly number[] | null;
  /** The leg it came from does not get it back; null: of no leg that stands. */
  readonly origin: object | null;
  /** Is for those who are there now (is-composing, IMDN): never among the last ones that are kept for newcomers. Default: false. */
  readonly fleeting?: boolean;
}

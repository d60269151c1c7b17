/** What happens to messages to many; for charging. Never text. */
export interface ExplosionEvents {
  /** Accepted: the sender has its 202. */
  listAccepted: {
    readonly sender: string;
    /** The exploder, or a group. */
    readonly target: string;
    readonly recipients: number;
    readonly octets: number;
    readonly at: number;
  };
  /** Every recipient has it, will have it, or will not. */
  listDone: {
    readonly sender: string;
    readonly target: string;
    readonly delivered: number;
    readonly waiting: number;
    readonly refused: number;
    readonly at: number;
  };
}

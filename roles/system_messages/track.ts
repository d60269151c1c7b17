/** How far one recipient of one message is, as it is kept. Times in ms, 0 for never. */
export interface Track {
  /** `failed`: the store refused it; the recipient is asked again at the next registration. */
  readonly state: "waiting" | "delivered" | "answered" | "timed-out" | "failed";
  /** How often it was said anew: whoever comes again, and has not answered, is asked again. */
  readonly round: number;
  /** By a device, in this round. */
  readonly deliveredAt: number;
  readonly answeredAt: number;
  /** Its user has seen it, as a device says (RFC 5438) or an answer shows; in whatever round. Not there in tracks of before. */
  readonly readAt?: number;
  /** Id of the option; "" for none. */
  readonly option: string;
  /** The deferred store's number for the message; 0 where it is not known. */
  readonly stored: number;
  /** Call-ID of the delivery, which a reply may name; "" for none. */
  readonly call: string;
  /** The request that was the answer, by Call-ID and CSeq: sent once more after a kill, it is no answer to anything else. */
  readonly answer: string;
}

export const NEW_TRACK: Track = {
  state: "waiting",
  round: 0,
  deliveredAt: 0,
  answeredAt: 0,
  readAt: 0,
  option: "",
  stored: 0,
  call: "",
  answer: "",
};

/** A device has had the question, in this round or an earlier one. */
export function isSeen({ deliveredAt, round }: Track): boolean {
  return deliveredAt > 0 || round > 0;
}

/** As it begins anew: what was read once stays read. */
export function anew(before: Track | undefined, round: number): Track {
  return { ...NEW_TRACK, round, readAt: before?.readAt ?? 0 };
}

/** Recipients of one message, counted. */
export interface TrackCounts {
  readonly all: number;
  readonly waiting: number;
  /** Had by a device once, whatever came of it. */
  readonly delivered: number;
  readonly read: number;
  readonly answered: number;
  readonly timedOut: number;
  readonly failed: number;
  readonly options: ReadonlyMap<string, number>;
}

/** The counts of one message, kept up with each change. */
export class Tally implements TrackCounts {
  all = 0;
  waiting = 0;
  delivered = 0;
  read = 0;
  answered = 0;
  timedOut = 0;
  failed = 0;
  readonly options = new Map<string, number>();

  /** Something is another thing now; undefined for what there is not. */
  change(before: Track | undefined, after: Track | undefined): void {
    if (before !== undefined) this.#add(before, -1);
    if (after !== undefined) this.#add(after, 1);
  }

  #add({ state, deliveredAt, readAt = 0, option }: Track, n: 1 | -1): void {
    this.all += n;
    if (deliveredAt > 0) this.delivered += n;
    if (readAt > 0) this.read += n;
    switch (state) {
      case "waiting":
        this.waiting += n;
        break;
      case "answered":
        this.answered += n;
        this.options.set(option, (this.options.get(option) ?? 0) + n);
        break;
      case "timed-out":
        this.timedOut += n;
        break;
      case "failed":
        this.failed += n;
    }
  }
}

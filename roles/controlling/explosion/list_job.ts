import type { Fate } from "./fate.ts";

/** A message to many that was accepted: everything that is needed to go on after a restart. Plain data. */
export interface ListJob {
  /** 128 random bits; names of all copies are made from it. */
  readonly id: string;
  /** Sender, Call-ID, From tag and CSeq of the request that brought it. */
  readonly transaction: string;
  /** Whom the core vouched for. */
  readonly sender: { readonly aor: string; readonly displayName: string; readonly number: string };
  /** What the sender wrote to: the exploder, or a group. */
  readonly target: string;
  /** Header lines that every copy has, each with its CRLF; From is made from `from`. */
  readonly headers: string;
  /** From value, without a tag. */
  readonly from: string;
  readonly contentType: string;
  /** Base64. */
  readonly body: string;
  /** URIs to send to. */
  readonly recipients: readonly string[];
  /** The sender has named them: a report may, too. False for members of a group. */
  readonly named: boolean;
  /** `recipient-list-history` of each copy, where the sender said who may know (RFC 5364 §6); null: none. */
  readonly history: string | null;
  /** Max-Forwards of its copies: fewer than that of what brought it, so that lists which name each other come to an end. */
  readonly hops: number;
  /** Wall time, ms. */
  readonly at: number;
  readonly expiresAt: number;
}

/** What it is in memory, about. */
export function octetsOf({ body, headers, history, recipients }: ListJob): number {
  let octets = body.length + headers.length + (history?.length ?? 0);
  for (const uri of recipients) octets += uri.length;
  return octets;
}

/** How a job stands: one letter a recipient. */
export class JobFates {
  readonly #fates: Fate[];
  #open: number;

  /** `kept`: from before a restart; null at the beginning. */
  constructor(count: number, kept: string | null) {
    const known = kept === null || kept.length !== count ? null : kept;
    this.#fates = Array.from({ length: count }, (_, i) => (known?.[i] ?? ".") as Fate);
    this.#open = this.#fates.reduce((open, fate) => open + (fate === "." ? 1 : 0), 0);
  }

  /** Copies of which nothing is known yet. */
  get open(): number {
    return this.#open;
  }

  of(index: number): Fate {
    return this.#fates[index];
  }

  set(index: number, fate: Exclude<Fate, ".">): void {
    if (this.#fates[index] === ".") this.#open--;
    this.#fates[index] = fate;
  }

  count(fate: Fate): number {
    let count = 0;
    for (const one of this.#fates) if (one === fate) count++;
    return count;
  }

  toString(): string {
    return this.#fates.join("");
  }
}

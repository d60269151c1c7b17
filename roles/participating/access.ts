/** A message or an invitation, as the rules of its sender and its recipient see it. */
export interface Communication {
  /** The sender's address-of-record, as the core vouches for it; "" where it vouches for none. */
  readonly from: string;
  /** The recipient's address-of-record, or the folded URI of a group. */
  readonly to: string;
  /**
   * Telephone number of the sender, plus and all, that a trusted hop asserts beside the address (RFC 3325 §9.1): another name of the
   * same person. Absent or "" for none; that of a user of ours is known.
   */
  readonly number?: string;
  readonly kind: "pager" | "large" | "session" | "file";
  /** The sender asks not to be named (RFC 3323). */
  readonly anonymous: boolean;
}

/** What the rules make of it (oma-reference §3.1, §3.2). */
export type AccessDecision =
  /**
   * `overrides`: this sender may have it answered without the recipient's hand (RFC 5373 §4.1). `stores` false: it is not to be
   * kept where no device takes it.
   */
  | { readonly verdict: "allow"; readonly overrides: boolean; readonly stores?: false }
  /** 403 with `100 Function not allowed due to <reason>`; of an anonymous sender because of that: `102 Anonymity not allowed`. */
  | { readonly verdict: "refuse"; readonly reason: string; readonly anonymity?: boolean }
  /** Polite blocking: the sender is answered as if it had arrived, and it goes nowhere. */
  | { readonly verdict: "drop" };

/**
 * Who may reach whom: the rules that users and the operator keep in documents. They are read on demand and then kept, so both
 * questions are answered at once where they can be, and `undefined` says that `prepare` has to run first. What it has prepared is
 * never older than the last change that was acknowledged.
 */
export interface AccessRules {
  /** What the recipient's rules say; asked by the recipient's side. */
  incoming(communication: Communication): AccessDecision | undefined;
  /** What the sender's own rules and the operator say of it; asked by the sender's side. */
  outgoing(communication: Communication): AccessDecision | undefined;
  /** Reads what both need. Rejects where the store fails: then nothing may pass. */
  prepare(communication: Communication): Promise<void>;
}

const ALLOWED: AccessDecision = { verdict: "allow", overrides: false };

/** Everybody may reach everybody; nobody overrides manual answer. */
export const OPEN_RULES: AccessRules = {
  incoming: () => ALLOWED,
  outgoing: () => ALLOWED,
  prepare: () => Promise.resolve(),
};

/** What is allowed of one kind of content. */
export interface TypeRule {
  /** `text/plain`, `text/*` or `*` + `/*`; lower-case. */
  readonly type: string;
  /** Body octets. */
  readonly maxBytes: number;
}

/** Messages a sender may begin in a span of time. */
export interface RateLimit {
  readonly messages: number;
  readonly per_s: number;
}

/** The operator's rules for pager mode. */
export interface PagerSettings {
  /** Body octets of a MESSAGE, on every flow (RFC 3428 §8, oma-reference §3.1 rule 4). */
  readonly limit_bytes: number;
  /** The first rule that matches a type holds; a type that none matches is refused. */
  readonly types: readonly TypeRule[];
  /** A sender must be registered (SEC-12: a user who is not logged in may not send). */
  readonly requireLogin: boolean;
  /** A MESSAGE has its answer after this time: what is still open is stored. */
  readonly answerWithin_ms: number;
  /** Null: no limit. */
  readonly rate: RateLimit | null;
}

export const DEFAULT_PAGER: PagerSettings = {
  limit_bytes: 1300,
  types: [{ type: "*/*", maxBytes: 1300 }],
  requireLogin: true,
  answerWithin_ms: 8_000,
  rate: null,
};

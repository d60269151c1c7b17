/** Why something was not done, for people. */
export interface Problem {
  /** HTTP, SIP or MSRP status; 0: nobody answered. */
  readonly status: number;
  /** What was found and what is allowed, in words of the service; "" where it said nothing. */
  readonly text: string;
  /** Seconds until another try makes sense; 0: nothing said. */
  readonly retryAfter: number;
  /** What is wrong with single fields, by their names. */
  readonly fields: Readonly<Record<string, string>>;
}

/** What came of something that was asked for: null where it is done. It never rejects. */
export type Outcome = Promise<Problem | null>;

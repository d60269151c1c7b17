/** One session in `records("sessions")`, by the SHA-256 of its token in hexadecimal. */
export interface StoredSession {
  readonly id: string;
  readonly kind: "admin" | "user";
  readonly who: string;
  /** Says which password it was made with: with another one the session is over. */
  readonly stamp: string;
  readonly created_at: number;
  readonly seen_at: number;
  readonly source: string;
  readonly user_agent: string;
  /** Absent: it ends with the browser, or after some hours. True: the user wants to stay signed in there. */
  readonly stay?: true;
}

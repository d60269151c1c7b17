import type { ReadonlySignal } from "@preact/signals-core";
import type { Outcome } from "./outcome.ts";

/** The service itself says something (oma-reference §3.7). */
export interface ServiceQuestion {
  readonly id: string;
  readonly text: string;
  /** What may be answered; empty: it is only to be read. */
  readonly options: readonly { readonly id: string; readonly text: string }[];
  /** Until it is answered the service is closed to us. */
  readonly blocking: boolean;
  /** Until when it may be answered; 0: no end. */
  readonly until: number;
  /** Answers with an option; without options: it was read. */
  answer(option: string): Outcome;
  /** It is before the user's eyes. */
  shown(): void;
}

/** Somebody invites to a chat or a room. */
export interface InvitationAsked {
  readonly id: string;
  readonly from: string;
  readonly fromName: string;
  readonly subject: string;
  readonly isRoom: boolean;
  accept(): void;
  refuse(): void;
}

/** What waits for the user's word, the oldest first. */
export interface Asks {
  readonly questions: ReadonlySignal<readonly ServiceQuestion[]>;
  readonly invitations: ReadonlySignal<readonly InvitationAsked[]>;
}

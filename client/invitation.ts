import type { Party } from "./inbox.ts";

/** Somebody wants to chat, and waits for the answer. */
export interface Invitation {
  readonly from: Party;
  /** The invitation's Subject; "" for none. */
  readonly subject: string;
  accept(): void;
  /** 486 (busy), 603 (declined) …; `text` instead of the registered phrase. */
  refuse(status?: number, text?: string): void;
}

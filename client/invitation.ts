import type { Party } from "./inbox.ts";

/** Somebody wants to chat, and waits for the answer. */
export interface Invitation {
  readonly from: Party;
  /** The invitation's Subject; "" for none. */
  readonly subject: string;
  /** It still waits: neither answered, nor given up by the other side. */
  readonly open: boolean;
  accept(): void;
  /** 486 (busy), 603 (declined) …; `text` instead of the registered phrase. */
  refuse(status?: number, text?: string): void;
}

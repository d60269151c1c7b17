import type { Party } from "./inbox.ts";

/** Somebody wants to chat, and waits for the answer. */
export interface Invitation {
  readonly from: Party;
  /** The invitation's Subject; "" for none. */
  readonly subject: string;
  /** Of a room: its address, a group's own where it is the session of one; "" for a chat between two. */
  readonly room: string;
  /** Its display name; "" for none. */
  readonly roomName: string;
  /** It still waits: neither answered, nor given up by the other side. */
  readonly open: boolean;
  accept(): void;
  /** 486 (busy), 603 (declined) …; `text` instead of the registered phrase. */
  refuse(status?: number, text?: string): void;
}

import type { ReadonlySignal } from "@preact/signals-core";
import type { Outcome, Problem } from "./outcome.ts";

/** A recorded conversation. */
export interface HistoryItem {
  readonly reference: string;
  /** Address of the person or room, and the name to show. */
  readonly with: string;
  readonly withName: string;
  /** The user's own name for it; "" for none. */
  readonly name: string;
  /** "" for none. Folders inside of others: parted by "/". */
  readonly folder: string;
  readonly subject: string;
  readonly from: number;
  readonly until: number;
  readonly messages: number;
  readonly octets: number;
  /** When it goes by itself; 0: never. */
  readonly expiresAt: number;
  /** It is still recorded. */
  readonly open: boolean;
}

export interface FolderModel {
  /** "" for what is in none. */
  readonly folder: string;
  readonly conversations: number;
  readonly octets: number;
}

export interface HistoryQuery {
  /** "" for all. */
  readonly words: string;
  /** Address or name; "" for anybody. */
  readonly with: string;
  /** 0 and Infinity: no bound. */
  readonly from: number;
  readonly until: number;
  /** Null: in all. */
  readonly folder: string | null;
}

export interface HistoryHit {
  readonly item: HistoryItem;
  /** Message-ID, for `ConversationModel.show`. */
  readonly messageId: string;
  readonly at: number;
  readonly fromName: string;
  readonly snippet: string;
}

/** What the service has recorded for us. */
export interface HistoryModel {
  readonly folders: ReadonlySignal<readonly FolderModel[]>;
  /** Reads the folders again. */
  refresh(): Outcome;
  list(
    query: HistoryQuery,
    after: string,
  ): Promise<{ readonly items: readonly HistoryItem[]; readonly next: string } | Problem>;
  /** `bounded`: not everything was looked at. */
  search(
    query: HistoryQuery,
  ): Promise<{ readonly hits: readonly HistoryHit[]; readonly bounded: boolean; readonly more: boolean } | Problem>;
  rename(reference: string, name: string): Outcome;
  move(reference: string, folder: string): Outcome;
  remove(references: readonly string[]): Outcome;
  /** A path of this host that gives the file. */
  exportPath(reference: string, format: "json" | "html"): string;
}

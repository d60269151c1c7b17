import { createHash } from "node:crypto";
import type { DeferredEntry, DeferredMode } from "../../../storage/mod.ts";
import type { MessageFacts } from "./message_facts.ts";

/** Where a message stands, as its recipient is told (oma-reference §5.8). */
export type WaitingStatus = "new" | "notified" | "retrieved" | "pending-delete";

/** One message that waits: all its copies are one. */
export interface WaitingMessage extends MessageFacts {
  /** Its copies, the oldest first. */
  readonly copies: readonly DeferredEntry[];
  readonly arrivedAt: number;
  /** When the last copy goes. */
  readonly expiresAt: number;
  readonly mode: DeferredMode;
  readonly status: WaitingStatus;
}

/** What waits for one user, as it is at one moment. */
export interface Mailbox {
  readonly aor: string;
  /** In order of arrival. */
  readonly messages: readonly WaitingMessage[];
  /** Another one with each change of what is listed, states included. */
  readonly etag: string;
  /** The same, the states `new` and `notified` taken as one: another one where there is something to tell. */
  readonly tag: string;
}

/** What states are told from. */
export interface StateFacts {
  /** The last copy (its id) that the user was told of. */
  readonly notifiedUpTo: number;
  /** References of what a device has already, although copies wait for others. */
  readonly taken: ReadonlySet<string>;
  /** What expires before this is about to be deleted, ms. */
  readonly endingBefore: number;
}

/** Puts a mailbox together from its entries and what is known of each. `facts`: by id; entries without any are left out. */
export function mailboxOf(
  aor: string,
  entries: readonly DeferredEntry[],
  facts: ReadonlyMap<number, MessageFacts>,
  states: StateFacts,
): Mailbox {
  const known = entries.filter(({ id }) => facts.has(id));
  const copies = new Map<string, DeferredEntry[]>();
  for (const entry of known) {
    const { reference } = facts.get(entry.id)!;
    const others = copies.get(reference);
    if (others === undefined) copies.set(reference, [entry]);
    else others.push(entry);
  }
  const messages: WaitingMessage[] = [];
  for (const all of copies.values()) {
    const [first] = all;
    const expiresAt = all.reduce((latest, entry) => Math.max(latest, entry.expiresAt), 0);
    const told = facts.get(first.id)!;
    messages.push({
      ...told,
      copies: all,
      arrivedAt: first.arrivedAt,
      expiresAt,
      mode: first.mode,
      status: statusOf(told.reference, first.id, expiresAt, states),
    });
  }
  return { aor, messages, ...tagsOf(known, states) };
}

/**
 * Entity tags of what these entries come to, without looking at the messages. What it is made of survives a restart, so that a
 * client finds its version again.
 */
export function tagsOf(
  entries: readonly DeferredEntry[],
  { notifiedUpTo, taken, endingBefore }: StateFacts,
): { readonly etag: string; readonly tag: string } {
  let text = "";
  let told = 0;
  for (const { id, expiresAt } of entries) {
    text += `${id} ${expiresAt}${expiresAt < endingBefore ? "!" : ""}\n`;
    if (id <= notifiedUpTo) told++;
  }
  return { etag: digest(`${told} ${taken.size}\n${text}`), tag: digest(text) };
}

function statusOf(reference: string, id: number, expiresAt: number, states: StateFacts): WaitingStatus {
  if (expiresAt < states.endingBefore) return "pending-delete";
  if (states.taken.has(reference)) return "retrieved";
  return id <= states.notifiedUpTo ? "notified" : "new";
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, 16);
}

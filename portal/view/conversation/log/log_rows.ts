import type { MessageModel } from "../../../model/mod.ts";
import { dayOf } from "../../kit/when.tsx";

/** A line of the log. */
export type LogRow =
  | { readonly kind: "day"; readonly key: string; readonly at: number }
  | { readonly kind: "new"; readonly key: string }
  | { readonly kind: "event"; readonly key: string; readonly message: MessageModel }
  | {
    readonly kind: "message";
    readonly key: string;
    readonly message: MessageModel;
    /** The first, the last of a group by one sender: with its name, with room behind it. */
    readonly first: boolean;
    readonly last: boolean;
  };

/** Messages of one sender that are not parted by more than this belong together. */
const GROUP_MS = 5 * 60_000;

/** Messages in their order, with a line for each day and one before the first unread. */
export function logRows(messages: readonly MessageModel[], firstUnread: string): LogRow[] {
  const rows: LogRow[] = [];
  let day = NaN;
  for (const [at, message] of messages.entries()) {
    const today = dayOf(message.at), { id } = message;
    if (today !== day) rows.push({ kind: "day", key: `day ${today} ${id}`, at: message.at });
    if (id === firstUnread) rows.push({ kind: "new", key: "new" });
    if (message.part.kind === "event") rows.push({ kind: "event", key: `message ${id}`, message });
    else {
      const first = today !== day || id === firstUnread || !together(messages[at - 1], message);
      const next = messages[at + 1];
      const last = next === undefined || next.id === firstUnread || dayOf(next.at) !== today ||
        !together(message, next);
      rows.push({ kind: "message", key: `message ${id}`, message, first, last });
    }
    day = today;
  }
  return rows;
}

function together(before: MessageModel | undefined, message: MessageModel): boolean {
  return before !== undefined && before.part.kind !== "event" && message.part.kind !== "event" &&
    before.own === message.own && before.from === message.from && before.privateWith === message.privateWith &&
    Math.abs(message.at - before.at) <= GROUP_MS;
}

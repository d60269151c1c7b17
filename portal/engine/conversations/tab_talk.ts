import type { MessagePart, MessageState, Problem } from "../../model/mod.ts";
import type { EngineParts } from "../doors.ts";
import { hearTabs } from "../people/hear_tabs.ts";
import type { Message } from "./message.ts";
import { tabWord } from "./tab_word.ts";

/** A message as plain data; of pictures and files no more than words. */
export interface TabMessage {
  readonly id: string;
  readonly own: boolean;
  readonly from: string;
  readonly fromName: string;
  readonly at: number;
  readonly privateWith: string;
  readonly state: MessageState;
  readonly read: boolean;
  readonly part: MessagePart;
}

/** What tabs of one browser tell each other of conversations. */
export type TabWord =
  /** Messages that others may not have. `fresh`: one that came just now. */
  | {
    readonly kind: "said";
    readonly key: string;
    /** Absent in what another version of the page says. */
    readonly inRoom?: boolean;
    readonly messages: readonly TabMessage[];
    readonly fresh: boolean;
  }
  | { readonly kind: "state"; readonly id: string; readonly state: MessageState; readonly problem: Problem | null }
  | { readonly kind: "seen"; readonly key: string; readonly ids: readonly string[] }
  | { readonly kind: "gone"; readonly key: string; readonly id: string }
  | { readonly kind: "muted"; readonly key: string; readonly on: boolean }
  | { readonly kind: "closed"; readonly key: string }
  /** A new tab: who else is there, and what has been said? */
  | { readonly kind: "who"; readonly tab: string }
  | { readonly kind: "here"; readonly tab: string }
  /** This tab tells of that message; the others need not. */
  | { readonly kind: "alerted"; readonly id: string };

/** The other tabs. */
export class TabTalk {
  /** This tab, also when it is loaded again. */
  readonly tab: string;
  readonly #tabs: EngineParts["tabs"];

  constructor(tab: string, tabs: EngineParts["tabs"], heard: (word: TabWord) => void) {
    this.tab = tab;
    this.#tabs = tabs;
    hearTabs(tabs, (value) => {
      const word = tabWord((value as { conversations?: unknown } | null)?.conversations);
      if (word !== null) heard(word);
    });
  }

  say(word: TabWord): void {
    this.#tabs.post({ conversations: word });
  }
}

/** Messages as plain data; those that cannot be told so are left out. */
export function plainMessages(messages: readonly Message[]): TabMessage[] {
  const plain: TabMessage[] = [];
  for (const { id, own, from, fromName, at, privateWith, state, read, part } of messages) {
    const said = plainPart(part);
    if (said === null) continue;
    plain.push({ id, own, from, fromName, at, privateWith, state: state.peek(), read, part: said });
  }
  return plain;
}

/** Null for what cannot be told as plain data. */
function plainPart(part: MessagePart): MessagePart | null {
  switch (part.kind) {
    case "text":
    case "location":
    case "unreadable":
    case "event":
      return { ...part };
    case "picture":
      return { kind: "unreadable", type: part.type, size: part.size };
    case "file":
      return null;
  }
}

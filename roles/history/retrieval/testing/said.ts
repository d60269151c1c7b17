import { utf8 } from "../../../../foundation/mod.ts";
import type { HistoryMessage, Recording, SaidMessage } from "../../../../storage/mod.ts";

export const BOB = "sip:bob@example.test";
export const ALICE = "sip:alice@example.test";
/** When all of it began. */
export const BEGIN = Date.UTC(2026, 0, 1);

/** What alice says to bob, as a tap would have it. For tests only, as all of this file. */
export function saying(text: string, facts: Partial<HistoryMessage> = {}): HistoryMessage {
  return {
    at: BEGIN,
    from: { uri: ALICE, name: "Alice" },
    to: BOB,
    messageId: "",
    contentType: "text/plain;charset=UTF-8",
    headers: "",
    file: "",
    body: utf8(text),
    content: null,
    ...facts,
  };
}

export function said(text: string, seq: number, facts: Partial<HistoryMessage> = {}): SaidMessage {
  return { ...saying(text, facts), seq };
}

export function recordingOf(reference: string, facts: Partial<Recording> = {}): Recording {
  return {
    reference,
    owner: BOB,
    kind: "session",
    with: ALICE,
    parties: [{ uri: BOB, name: "Bob" }, { uri: ALICE, name: "Alice" }],
    group: { uri: "", name: "" },
    subject: "",
    name: "",
    startedAt: BEGIN,
    endedAt: BEGIN,
    expiresAt: Infinity,
    messages: 1,
    octets: 5,
    open: false,
    version: 1,
    ...facts,
  };
}

import { utf8 } from "../../../foundation/mod.ts";
import type { HistoryMessage, Recording, SaidMessage } from "../../../storage/mod.ts";

export const ALICE = "sip:alice@example.test", BOB = "sip:bob@example.test", CAROL = "sip:carol@example.test";

/** A message as it is recorded: bob's "Hello" to alice, but for what is said otherwise. For tests only. */
export function messageOf(text: string | Uint8Array, more: Partial<HistoryMessage> = {}): HistoryMessage {
  return {
    at: 0,
    from: { uri: BOB, name: "Bob" },
    to: ALICE,
    messageId: "",
    contentType: "text/plain",
    headers: "",
    file: "",
    body: typeof text === "string" ? utf8(text) : text,
    content: null,
    ...more,
  };
}

export function saidOf(text: string | Uint8Array, more: Partial<SaidMessage> = {}): SaidMessage {
  return { ...messageOf(text, more), seq: more.seq ?? 1 };
}

/** A conversation of alice with bob. */
export function recordingOf(more: Partial<Recording> = {}): Recording {
  return {
    reference: "h-1",
    owner: ALICE,
    kind: "pager",
    with: BOB,
    parties: [{ uri: ALICE, name: "Alice" }, { uri: BOB, name: "Bob Builder" }],
    group: { uri: "", name: "" },
    subject: "",
    expiresAt: Infinity,
    name: "",
    startedAt: 0,
    endedAt: 0,
    messages: 1,
    octets: 5,
    open: false,
    version: 1,
    ...more,
  };
}

/** In a wrapper (RFC 3862). */
export function wrapped(text: string, type = "text/plain;charset=utf-8"): Uint8Array {
  return utf8(
    `From: <${BOB}>\r\nTo: <${ALICE}>\r\nDateTime: 2026-01-01T00:00:00Z\r\n\r\nContent-Type: ${type}\r\n\r\n${text}`,
  );
}

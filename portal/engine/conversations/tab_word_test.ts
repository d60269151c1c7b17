import { deepEqual, equal } from "node:assert/strict";
import type { TabWord } from "./tab_talk.ts";
import { tabWord } from "./tab_word.ts";

const message = {
  id: "m1",
  own: false,
  from: "sip:bob@example.test",
  fromName: "Bob",
  at: 1,
  privateWith: "",
  state: "received",
  read: false,
  part: { kind: "text", text: "hello" },
} as const;

Deno.test("what a tab says is taken as it is said", () => {
  const words: TabWord[] = [
    { kind: "said", key: "sip:bob@example.test", inRoom: false, messages: [message], fresh: true },
    { kind: "said", key: "sip:bob@example.test", messages: [], fresh: false },
    { kind: "state", id: "m1", state: "sent", problem: null },
    { kind: "state", id: "m1", state: "failed", problem: { status: 403, text: "", retryAfter: 0, fields: {} } },
    { kind: "seen", key: "sip:bob@example.test", ids: ["m1"] },
    { kind: "gone", key: "sip:bob@example.test", id: "m1" },
    { kind: "muted", key: "sip:bob@example.test", on: true },
    { kind: "closed", key: "sip:bob@example.test" },
    { kind: "who", tab: "a" },
    { kind: "here", tab: "a" },
    { kind: "alerted", id: "m1" },
  ];
  for (const word of words) deepEqual(tabWord(word), word);
});

Deno.test("what another version of the page says is left alone", () => {
  const said = { kind: "said", key: "sip:bob@example.test", messages: [message], fresh: true };
  const others: unknown[] = [
    null,
    7,
    "said",
    {},
    { kind: "toString" },
    { kind: "constructor" },
    { ...said, key: "" },
    { ...said, messages: message },
    { ...said, messages: [null] },
    { ...said, messages: [{ ...message, at: "1" }] },
    { ...said, messages: [{ ...message, state: "lost" }] },
    { ...said, messages: [{ ...message, part: { kind: "text" } }] },
    { ...said, messages: [{ ...message, part: { kind: "hologram", text: "" } }] },
    { kind: "seen", key: "sip:bob@example.test", ids: "m1" },
    { kind: "state", id: "m1", state: "received?", problem: null },
    { kind: "muted", key: "sip:bob@example.test", on: "yes" },
  ];
  for (const other of others) equal(tabWord(other), null, JSON.stringify(other));
});

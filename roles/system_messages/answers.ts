import type { ServiceLevel } from "../admin/services/mod.ts";
import type { JobOption } from "./job.ts";

/** What a user sent to the service. */
export type Given =
  /** The client names message and option. */
  | { readonly kind: "named"; readonly ref: string; readonly option: string }
  /** Words: a number, an id or a label. `replyTo`: Call-IDs of In-Reply-To; `request`: names the request that brought them. */
  | { readonly kind: "words"; readonly text: string; readonly replyTo: readonly string[]; readonly request: string };

/** What a user's device says has been seen: Message-IDs (RFC 5438). */
export interface Shown {
  readonly kind: "shown";
  readonly messageIds: readonly string[];
}

/** What became of an answer. */
export type AnswerOutcome =
  /** `again`: the same was answered before. */
  | { readonly kind: "taken"; readonly again: boolean }
  /** No message of that name is this user's, or none is there to be answered. */
  | { readonly kind: "unknown" }
  | { readonly kind: "over"; readonly why: "timeout" | "ended" | "answered" }
  | { readonly kind: "no-option"; readonly options: readonly JobOption[] };

/** The option that words name: its number, id or label, in any case; undefined for none. */
export function optionOf(options: readonly JobOption[], words: string): JobOption | undefined {
  const said = words.normalize("NFC").trim().toLowerCase();
  const number = /^(\d{1,2})[.)]?$/.exec(said);
  if (number !== null) return options[Number(number[1]) - 1];
  return options.find(({ id, label }) => id.toLowerCase() === said || label.toLowerCase() === said);
}

/** What who answered in words is told then: what holds now. `more`: another message waits. */
export function confirmation(label: string, level: ServiceLevel, more: boolean): string {
  const thanks = `Thank you, your answer is noted: ${label}.`;
  if (more) return `${thanks} Another message waits for your answer.`;
  switch (level) {
    case "full":
      return `${thanks} The service is open to you.`;
    case "receive":
      return `${thanks} You can receive messages now, and send none.`;
    case "none":
      return `${thanks} The service is closed to you.`;
  }
}

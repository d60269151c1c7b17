import type { Subscriber, Subscribers } from "../../storage/mod.ts";
import { isSystemId, SYSTEM_MESSAGE_LIMITS, systemAnswerMode } from "../../transport/payload/mod.ts";
import { type NewSystemMessage, SERVICE_LEVELS, SystemMessageFault } from "../admin/services/mod.ts";
import type { JobOption } from "./job.ts";
import { type Fields, filledIn, sensitiveIn } from "./sensitive.ts";
import { MAX_TEXT } from "./system_message.ts";

/** An answer may be waited for so long, s: 30 days. */
export const MAX_ANSWER_WITHIN_S = 30 * 86_400;
const MAX_CLIENT = 200;
// deno-lint-ignore no-control-regex
const CONTROL = /[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]/;
/** Which would make a label look like another one. */
const DIRECTION = /[\u202a-\u202e\u2066-\u2069]/;

/** What an admin wrote, checked. */
export interface Checked {
  readonly text: string;
  readonly options: readonly JobOption[];
}

/** What the check stands on. */
export interface CheckParts {
  readonly fields: Fields;
  readonly subscribers: Pick<Subscribers, "get" | "byNumber">;
  /** Wall time, ms. */
  readonly now: number;
}

/**
 * Checks everything but whom it is for. `recipient`: the only one; undefined where there are several. Throws SystemMessageFault with the
 * field that is wrong and what is allowed.
 */
export function checkedMessage(
  request: NewSystemMessage,
  recipient: Subscriber | undefined,
  { fields, subscribers, now }: CheckParts,
): Checked {
  const tidy = (field: string, text: string, most: number): string => {
    const said = faultless(field, () => filledIn(plainText(field, text), fields));
    if (said === "" || said.length > most) {
      throw new SystemMessageFault(field, `the ${field} has ${said.length} characters; allowed: 1 to ${most}`);
    }
    const found = sensitiveIn(said, subscribers, recipient);
    if (found === null) return said;
    throw new SystemMessageFault(field, `"${found}" belongs to a user: a system message may not tell it (SMSG-15)`);
  };
  const text = tidy("text", request.text, MAX_TEXT);
  const options = checkedOptions(request, (label) => tidy("options", label, SYSTEM_MESSAGE_LIMITS.label));
  const { blocking = false, answer_within = null, expires_at = null, condition } = request;
  if (blocking && options.length === 0) {
    throw new SystemMessageFault("blocking", "a message that blocks needs options: else nobody could answer it");
  }
  if (answer_within !== null && (options.length === 0 || !isWithin(answer_within, 1, MAX_ANSWER_WITHIN_S))) {
    throw new SystemMessageFault(
      "answer_within",
      `allowed: 1 to ${MAX_ANSWER_WITHIN_S} seconds, for a message with options`,
    );
  }
  if (expires_at !== null && !(expires_at > now)) {
    throw new SystemMessageFault("expires_at", "its end is over already; allowed: a time to come");
  }
  if (condition !== undefined) checkCondition(condition);
  return { text, options };
}

/** A text as the box itself says it: NFC, lines ended by one character. Throws SystemMessageFault. */
export function checkedText(text: string): string {
  const said = text.normalize("NFC").replace(/\r\n?/g, "\n").trim();
  if (said !== "" && said.length <= MAX_TEXT) return said;
  throw new SystemMessageFault("text", `the text has ${said.length} characters; allowed: 1 to ${MAX_TEXT}`);
}

function plainText(field: string, text: string): string {
  const said = text.normalize("NFC").replace(/\r\n?/g, "\n").trim();
  if (CONTROL.test(said)) throw new SystemMessageFault(field, `the ${field} has control characters in it`);
  return said;
}

function checkedOptions({ options = [] }: NewSystemMessage, tidy: (label: string) => string): JobOption[] {
  faultless("options", () => systemAnswerMode(options.length));
  const labels = new Set<string>(), ids = new Set<string>();
  return options.map(({ id = "", label, grants = "full" }, i) => {
    const shown = tidy(label);
    if (shown.includes("\n") || DIRECTION.test(shown)) throw new SystemMessageFault("options", "a label is one line");
    const named = id === "" ? String(i + 1) : id;
    if (!isSystemId(named) || (/^\d+$/.test(named) && named !== String(i + 1))) {
      throw new SystemMessageFault(
        "options",
        `"${named}" is no id of option ${i + 1}; letters, digits, and ". _ -" inside`,
      );
    }
    if (!SERVICE_LEVELS.includes(grants)) {
      throw new SystemMessageFault("options", `"${grants}" is no level; allowed: ${SERVICE_LEVELS.join(", ")}`);
    }
    // An answer may name the id or the label, in any case.
    for (const key of new Set([named.toLowerCase(), shown.toLowerCase()])) {
      if (labels.has(key) || ids.has(key)) throw new SystemMessageFault("options", `"${key}" names two options`);
    }
    ids.add(named.toLowerCase());
    labels.add(shown.toLowerCase());
    return { id: named, label: shown, grants };
  });
}

function checkCondition({ client, profile, first_use }: NonNullable<NewSystemMessage["condition"]>): void {
  if (client === undefined && profile === undefined && first_use === undefined) {
    throw new SystemMessageFault("condition", "it is empty; allowed: client, profile, first_use");
  }
  if (client !== undefined && (client.trim() === "" || client.length > MAX_CLIENT || CONTROL.test(client))) {
    throw new SystemMessageFault("condition.client", `allowed: 1 to ${MAX_CLIENT} characters of a User-Agent`);
  }
}

function isWithin(n: number, least: number, most: number): boolean {
  return Number.isInteger(n) && n >= least && n <= most;
}

function faultless<T>(field: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new SystemMessageFault(field, error.message);
  }
}

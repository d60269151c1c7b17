import type { SystemMessage } from "../../../client/mod.ts";

/** A question as it is kept over a reload: the service says it no second time to a device that is there. */
export interface StoredQuestion {
  readonly id: string;
  readonly text: string;
  readonly options: readonly { readonly id: string; readonly label: string }[];
  readonly blocking: boolean;
  readonly expires: number | null;
  /** When it came. */
  readonly at: number;
}

/** Questions that wait at the same time; of more the oldest that do not block go first. */
export const MOST_QUESTIONS = 100;

export function storedOf({ id, text, options, blocking, expires }: SystemMessage, at: number): StoredQuestion {
  return { id, text, options: options.map(({ id, label }) => ({ id, label })), blocking, expires, at };
}

/** True for what may still be answered, or read. */
export function isLive({ expires }: Pick<StoredQuestion, "expires">, now: number): boolean {
  return expires === null || expires > now;
}

/** What blocks comes first, then the oldest. */
export function inOrder<Q extends StoredQuestion>(questions: Iterable<Q>): Q[] {
  return [...questions].sort((a, b) => Number(b.blocking) - Number(a.blocking) || a.at - b.at);
}

/** Of a text in the browser's store; what is none is left out. */
export function questionsIn(text: string | null): StoredQuestion[] {
  if (text === null) return [];
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list.filter(isQuestion).slice(-MOST_QUESTIONS) : [];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

function isQuestion(one: unknown): one is StoredQuestion {
  const { id, text, options, expires, at } = (one ?? {}) as Partial<StoredQuestion>;
  return typeof id === "string" && typeof text === "string" && Array.isArray(options) && typeof at === "number" &&
    (expires === null || typeof expires === "number");
}

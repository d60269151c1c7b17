import { useRef } from "preact/hooks";
import { type ReadonlySignal, useSignal } from "@preact/signals";
import type { Problem } from "../../model/mod.ts";

/** Something that is read from the service, such as the hits of a search. */
export interface Asked<T> {
  readonly busy: ReadonlySignal<boolean>;
  /** The last answer; null before the first one. */
  readonly value: ReadonlySignal<T | null>;
  readonly problem: ReadonlySignal<Problem | null>;
  /** Asks; what an earlier question answers later than this one is dropped. `join`: makes one of what is there and what comes. */
  ask(what: () => Promise<T | Problem>, join?: (before: T, now: T) => T): void;
  again(): void;
  clear(): void;
}

/** For one list on a page that is asked for. */
export function useAsked<T>(): Asked<T> {
  const busy = useSignal(false);
  const value = useSignal<T | null>(null);
  const problem = useSignal<Problem | null>(null);
  const turn = useRef(0);
  const last = useRef<() => void>(() => {});
  const made = useRef<Asked<T> | null>(null);
  made.current ??= {
    busy,
    value,
    problem,
    ask(what, join) {
      const attempt = async (): Promise<void> => {
        const mine = ++turn.current;
        busy.value = true;
        problem.value = null;
        try {
          const answer = await what();
          if (mine !== turn.current) return;
          if (isProblem(answer)) problem.value = answer;
          else {
            const before = value.peek();
            value.value = join !== undefined && before !== null ? join(before, answer) : answer;
          }
        } finally {
          if (mine === turn.current) busy.value = false;
        }
      };
      last.current = () => void attempt();
      last.current();
    },
    again: () => last.current(),
    clear() {
      turn.current++;
      busy.value = false;
      value.value = null;
      problem.value = null;
    },
  };
  return made.current;
}

/** True for a Problem, among answers that have no `status` of their own. */
export function isProblem<T>(answer: T | Problem): answer is Problem {
  return typeof answer === "object" && answer !== null && "status" in answer && "retryAfter" in answer;
}

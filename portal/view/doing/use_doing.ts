import { useRef } from "preact/hooks";
import { type ReadonlySignal, useSignal } from "@preact/signals";
import type { Outcome, Problem } from "../../model/mod.ts";

/** Something that the user asked for and that takes its time. */
export interface Doing {
  readonly busy: ReadonlySignal<boolean>;
  readonly problem: ReadonlySignal<Problem | null>;
  /** Does it, unless something is being done still. `done` is called where there was no problem. */
  run(what: () => Outcome, done?: () => void): void;
  /** The last one once more. */
  again(): void;
  clear(): void;
}

/** For one form or one row: what is being done there, and what came of it. */
export function useDoing(): Doing {
  const busy = useSignal(false);
  const problem = useSignal<Problem | null>(null);
  const last = useRef<() => void>(() => {});
  const made = useRef<Doing | null>(null);
  made.current ??= {
    busy,
    problem,
    run(what, done) {
      const attempt = async (): Promise<void> => {
        if (busy.peek()) return;
        busy.value = true;
        problem.value = null;
        try {
          const found = await what();
          problem.value = found;
          if (found === null) done?.();
        } finally {
          // Also where a fault of our own goes on to the page's listener: nothing may seem to work for ever.
          busy.value = false;
        }
      };
      last.current = () => void attempt();
      last.current();
    },
    again: () => last.current(),
    clear: () => void (problem.value = null),
  };
  return made.current;
}

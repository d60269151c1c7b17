import type { LockOut } from "../../sip_core/mod.ts";
import { Problem } from "./problems.ts";

/**
 * Carries out what a secret opens. `wrong` tells which failures are wrong guesses; too many of them for `what` from one
 * source are the Problem "throttled", for a growing while.
 */
export async function guarded<T>(
  guesses: LockOut,
  what: string,
  source: string,
  work: () => Promise<T>,
  wrong: (error: unknown) => boolean,
): Promise<T> {
  const wait = guesses.locked(what, source);
  if (wait > 0) {
    throw new Problem("throttled", `Too many tries: try again in ${wait} seconds.`, {
      headers: { "retry-after": String(wait) },
    });
  }
  try {
    const result = await work();
    guesses.passed(what, source);
    return result;
  } catch (error) {
    if (wrong(error)) guesses.failed(what, source);
    throw error;
  }
}

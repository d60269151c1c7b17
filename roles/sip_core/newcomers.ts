import type { Subscriber } from "../../storage/mod.ts";

/**
 * What becomes of a REGISTER of a user who is known but not in the service (`unsubscribed`), as the provider has set it
 * (REG-2): either it is the confirmation, or the user has to confirm elsewhere first.
 */
export interface Newcomers {
  /** Null: a registration confirms the service. Else where the user can do it, as an absolute URL. */
  confirmAt(subscriber: Subscriber): string | null;
  /** Makes the user active. `done` is called once, after the commit, with null, or with why it could not be written. */
  admit(aor: string, done: (error: Error | null) => void): void;
}

/** Without rules of the provider nobody comes in by registering. */
export const NO_NEWCOMERS: Newcomers = {
  confirmAt: () => "",
  admit: (_aor, done) => queueMicrotask(() => done(new Error("nobody may subscribe by registering"))),
};

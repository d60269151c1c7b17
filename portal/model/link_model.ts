import type { ReadonlySignal } from "@preact/signals-core";

/**
 * `connecting`: the first time, or again at once; `online`: registered, messages go; `waiting`: the next try is at `retryAt`;
 * `offline`: this machine has no network; `refused`: the service does not let us in (`reason` says why); `signed-out`: the session is
 * over, its user has to sign in again.
 */
export type LinkState = "connecting" | "online" | "waiting" | "offline" | "refused" | "signed-out";

/** The way to the service. */
export interface LinkModel {
  readonly state: ReadonlySignal<LinkState>;
  /** Wall time of the next try; 0 while none waits. */
  readonly retryAt: ReadonlySignal<number>;
  /** Why it is not online, in words of the service; "". */
  readonly reason: ReadonlySignal<string>;
  /** Tries now instead of later. */
  retry(): void;
}

import type { Destination } from "./flow.ts";
import type { Uri } from "./uri.ts";

/** Finds the servers of a URI (RFC 3263), `[[peer]]` entries before DNS. */
export interface Locator {
  /**
   * Calls `done` with destinations in order of preference: at once, inside the call, where nothing has to be asked (an IP
   * literal, a cached answer), else later. Empty when there is none. Never throws, never calls twice. Destinations that
   * failed lately (`failed`) come last.
   */
  locate(uri: Uri, done: (destinations: readonly Destination[]) => void): void;
  /** This destination did not answer: others are preferred for a while (RFC 3263 §4.3). */
  failed(destination: Destination): void;
}

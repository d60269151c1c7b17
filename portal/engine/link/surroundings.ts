/** What the machine says of its network, and whether anybody looks. */
export interface Surroundings {
  /** False only where the machine is sure to have no network. */
  readonly online: boolean;
  /** One listener. `woken`: the network is back, or the page is looked at again after it was hidden. `cut`: the network is gone. */
  listen(hear: (change: "woken" | "cut") => void): void;
}

/** Where nothing is known: always on. */
export const ALWAYS_ON: Surroundings = { online: true, listen() {} };

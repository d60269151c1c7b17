import type { Tabs } from "../engine/doors.ts";

/** Locks of all tabs of a host (W3C Web Locks); only where the page came safely. */
interface Locking {
  readonly locks?: { request(name: string, act: () => void): Promise<unknown> };
}

/** Other tabs of this browser with the same user. */
export class BrowserTabs implements Tabs {
  onValue: (value: unknown) => void = () => {};
  readonly inTurn?: (act: () => void) => void;
  readonly #channel: BroadcastChannel;

  constructor(user: string) {
    this.#channel = new BroadcastChannel(`parley:${user}`);
    this.#channel.onmessage = (event) => this.onValue(event.data);
    const { locks } = navigator as Locking;
    // Timers of hidden pages run once a minute: whoever waits by them comes late.
    if (locks !== undefined) this.inTurn = (act) => void locks.request(`parley:${user}:turn`, act);
  }

  post(value: unknown): void {
    this.#channel.postMessage(value);
  }

  close(): void {
    this.#channel.close();
  }
}

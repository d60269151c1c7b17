import type { Tabs } from "../engine/doors.ts";

/** Other tabs of this browser with the same user. */
export class BrowserTabs implements Tabs {
  onValue: (value: unknown) => void = () => {};
  readonly #channel: BroadcastChannel;

  constructor(user: string) {
    this.#channel = new BroadcastChannel(`parley:${user}`);
    this.#channel.onmessage = (event) => this.onValue(event.data);
  }

  post(value: unknown): void {
    this.#channel.postMessage(value);
  }

  close(): void {
    this.#channel.close();
  }
}

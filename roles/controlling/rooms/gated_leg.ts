import type { SessionPeer, SwitchLeg } from "../../../transport/msrp/mod.ts";

/**
 * A leg that starts only when it is known who filters whom, and stored that its participant is in: its MSRP session is there, but nothing goes out or comes in before. So
 * nobody gets anything of somebody whom they have blocked, and nothing is passed over that they should have had.
 */
export class GatedLeg implements SwitchLeg {
  readonly inner: SwitchLeg;
  readonly #isOpen: () => boolean;
  #isClosed = false;
  #held: { readonly setup: "active" | "passive"; readonly peer: SessionPeer } | null = null;

  constructor(inner: SwitchLeg, isOpen: () => boolean) {
    this.inner = inner;
    this.#isOpen = isOpen;
  }

  get sessionId(): string {
    return this.inner.sessionId;
  }
  get uri(): string {
    return this.inner.uri;
  }
  get party(): number {
    return this.inner.party;
  }
  get passed(): number {
    return this.inner.passed;
  }
  get isClosed(): boolean {
    return this.#isClosed;
  }
  get open(): boolean {
    return this.inner.open;
  }

  start(setup: "active" | "passive", peer: SessionPeer): void {
    if (this.#isOpen()) return this.inner.start(setup, peer);
    this.#held = { setup, peer };
  }

  /** Something more is known: what was to start does, if that is all. False where it is to wait for more. */
  release(): boolean {
    if (!this.#isOpen()) return false;
    const held = this.#held;
    this.#held = null;
    if (held !== null) this.inner.start(held.setup, held.peer);
    return true;
  }

  hold(held: boolean): void {
    this.inner.hold?.(held);
  }

  close(reason: string): void {
    this.#isClosed = true;
    this.#held = null;
    this.inner.close(reason);
  }
}

import type { Invitation } from "../../client/mod.ts";
import type { View } from "./view.ts";

/** Invitations that wait for `/accept`; the oldest gives way. */
const MOST = 100;

/** Chats that others want, and nobody has answered yet. */
export class ChatInvitations {
  readonly #view: View;
  #waiting: Invitation[] = [];

  constructor(view: View) {
    this.#view = view;
  }

  came(invitation: Invitation): void {
    const { from, subject } = invitation;
    if (this.#waiting.push(invitation) > MOST) this.#waiting.shift()!.refuse(486);
    this.#view.show({ event: "invitation", from: from.uri, name: from.name, subject });
  }

  /** Those that were given up meanwhile are forgotten. */
  tidy(): void {
    this.#waiting = this.#waiting.filter(({ open }) => open);
  }

  /** Takes the oldest; false where there is none. */
  accept(): boolean {
    const invitation = this.#waiting.shift();
    invitation?.accept();
    return invitation !== undefined;
  }

  /** Declines the oldest; false where there is none. */
  refuse(text: string): boolean {
    const invitation = this.#waiting.shift();
    invitation?.refuse(603, text);
    return invitation !== undefined;
  }
}

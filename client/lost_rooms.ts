import type { Chat, ChatHost } from "./chat.ts";
import type { Registration } from "./registration.ts";
import type { RoomRosters } from "./room_roster.ts";

/**
 * What rooms need that were lost: a service that was started anew may not know us any more, and takes nobody into a room who is not
 * registered; and who watched the room watches it again.
 */
export class LostRooms implements ChatHost {
  readonly #registration: Registration;
  readonly #rosters: RoomRosters;
  readonly #lost = new Set<Chat>();

  constructor(registration: Registration, rosters: RoomRosters) {
    this.#registration = registration;
    this.#rosters = rosters;
  }

  get mayAsk(): boolean {
    return this.#registration.stands;
  }

  chatLost(chat: Chat): void {
    this.#lost.add(chat);
    this.#registration.confirm();
  }

  chatBack(chat: Chat): void {
    this.#lost.delete(chat);
    this.#rosters.chatBack(chat);
  }

  chatOver(chat: Chat): void {
    this.#lost.delete(chat);
    this.#rosters.chatOver(chat);
  }

  /** The service knows us again: nobody waits for the next time to ask. */
  registered(): void {
    for (const chat of [...this.#lost]) chat.askAgain();
  }
}

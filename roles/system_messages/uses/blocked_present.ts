import type { Log } from "../../../foundation/mod.ts";
import { sayAgain, type Teller } from "./teller.ts";

/** A room, as far as it is named to those who are in it. */
export interface NamedRoom {
  readonly id: string;
  readonly uri: string;
  /** Of the group that it belongs to; "" for none. */
  readonly group: string;
}

/** Messages to one user about one room, as long as it stands: who has blocked fifty people need not read it fifty times. */
const MOST = 5;

/**
 * Tells users that somebody whom they have blocked is in a room with them (CHAT-10). The room says so once for each two, and never of
 * somebody who is hidden there (PRI-2). Nobody is named (SMSG-15), the room by its address alone: what it is called somebody else has
 * written.
 */
export class BlockedPresent {
  readonly #teller: Teller;
  readonly #log: Log;
  /** By room and user: how often. No more than people in rooms. */
  readonly #told = new Map<string, Map<string, number>>();
  /** Being told at this moment: whoever else is found there meanwhile is meant, too. */
  readonly #telling = new Set<string>();

  constructor(teller: Teller, log: Log) {
    this.#teller = teller;
    this.#log = log;
  }

  /** Returns at once. */
  present(aor: string, room: NamedRoom): void {
    const key = `${room.id} ${aor}`;
    const told = this.#told.get(room.id) ?? new Map<string, number>();
    const times = told.get(aor) ?? 0;
    if (times >= MOST || this.#telling.has(key)) return;
    told.set(aor, times + 1);
    this.#told.set(room.id, told);
    this.#telling.add(key);
    void this.#tell(aor, room, times + 1 === MOST).finally(() => this.#telling.delete(key));
  }

  ended({ id }: Pick<NamedRoom, "id">): void {
    this.#told.delete(id);
  }

  async #tell(aor: string, { id, uri, group }: NamedRoom, last: boolean): Promise<void> {
    const more = last ? " There may be more of them: you will not be told again." : "";
    const text =
      `Somebody whom you have blocked is in the chat ${group === "" ? uri : group} with you. You get nothing ` +
      `of what they say there; they may get what you say.${more}`;
    try {
      await sayAgain(this.#teller, aor, `room.blocked ${id}`, text);
    } catch (error) {
      this.#log.warn("a user was not told who is in a room", { user: aor, error: (error as Error).message });
    }
  }
}

import type { Events } from "../../../foundation/mod.ts";
import { KeyTable } from "../../../transport/sip/mod.ts";
import type { SessionEvents } from "../../participating/mod.ts";

/**
 * Who is in a session: chats that both sides have accepted. Large messages and files are not counted: they are over in a moment, and
 * would tell each watcher of each of them.
 */
export class SessionParticipation {
  /** Ids of sessions by user; as many as there are sessions, twice. No `Map`: see `KeyTable`; no `Set`, which is dear for new texts. */
  readonly #of = new KeyTable<string[]>();
  readonly #stands: (id: string) => boolean;

  /** `stands`: whether there is still a session with that id. `changed`: it may be another answer now. */
  constructor(events: Events<SessionEvents>, stands: (id: string) => boolean, changed: (aor: string) => void) {
    this.#stands = stands;
    events.on("sessionStarted", ({ id, kind, from, to }) => {
      if (kind !== "session") return;
      if (from !== "" && this.#begun(from, id)) changed(from);
      if (to !== "" && this.#begun(to, id)) changed(to);
    });
    events.on("sessionEnded", ({ id, from, to }) => {
      if (this.#ended(from, id)) changed(from);
      if (this.#ended(to, id)) changed(to);
    });
  }

  /** A session whose end was told to nobody does not count. */
  has(aor: string): boolean {
    const ids = this.#of.get(aor);
    if (ids === undefined) return false;
    while (ids.length > 0) {
      if (this.#stands(ids[0])) return true;
      ids.shift();
    }
    this.#of.delete(aor);
    return false;
  }

  /** False where it was known: somebody in a session with themselves is in it once. */
  #begun(aor: string, id: string): boolean {
    const ids = this.#of.get(aor);
    if (ids === undefined) this.#of.add(aor, [id]);
    else if (ids.includes(id)) return false;
    else ids.push(id);
    return true;
  }

  #ended(aor: string, id: string): boolean {
    const ids = this.#of.get(aor);
    const at = ids?.indexOf(id) ?? -1;
    if (at < 0) return false;
    ids!.splice(at, 1);
    if (ids!.length === 0) this.#of.delete(aor);
    return true;
  }
}

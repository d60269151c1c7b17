import type { Events } from "../../../foundation/mod.ts";
import type { SessionEvents } from "../../participating/mod.ts";

/**
 * Who is in a session: chats that both sides have accepted. Large messages and files are not counted: they are over in a moment, and
 * would tell each watcher of each of them.
 */
export class SessionParticipation {
  /** Ids of sessions by user; as many as there are sessions, twice. */
  readonly #of = new Map<string, Set<string>>();
  readonly #stands: (id: string) => boolean;

  /** `stands`: whether there is still a session with that id. `changed`: it may be another answer now. */
  constructor(events: Events<SessionEvents>, stands: (id: string) => boolean, changed: (aor: string) => void) {
    this.#stands = stands;
    events.on("sessionStarted", ({ id, kind, from, to }) => {
      if (kind !== "session") return;
      for (const aor of new Set([from, to])) {
        if (aor === "") continue;
        const ids = this.#of.get(aor);
        if (ids === undefined) this.#of.set(aor, new Set([id]));
        else ids.add(id);
        changed(aor);
      }
    });
    events.on("sessionEnded", ({ id, from, to }) => {
      for (const aor of new Set([from, to])) {
        const ids = this.#of.get(aor);
        if (ids === undefined || !ids.delete(id)) continue;
        if (ids.size === 0) this.#of.delete(aor);
        changed(aor);
      }
    });
  }

  /** A session whose end was told to nobody does not count. */
  has(aor: string): boolean {
    const ids = this.#of.get(aor);
    if (ids === undefined) return false;
    for (const id of ids) {
      if (this.#stands(id)) return true;
      ids.delete(id);
    }
    this.#of.delete(aor);
    return false;
  }
}

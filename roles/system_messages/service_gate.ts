import { Events } from "../../foundation/mod.ts";
import type { ServiceLevel } from "../admin/services/mod.ts";

/** How the service stands to one user. */
export interface ServiceStanding {
  /** A blocking message waits for an answer: until then nothing is granted (SMSG-4). */
  readonly open: boolean;
  /** The least that answers and timeouts grant (SMSG-9, SMSG-12). */
  readonly level: ServiceLevel;
}

/** What the gate tells. */
export interface GateEvents {
  /** At once when it is another one, in memory; it may not be on disk yet. */
  serviceLevelChanged: ServiceStanding & { readonly aor: string };
}

const FULL: ServiceStanding = { open: false, level: "full" };
const RANK: Readonly<Record<ServiceLevel, number>> = { none: 0, receive: 1, full: 2 };

/**
 * Who may use the service, as far as system messages decide it. Memory alone: `SystemMessages` fills it from the store before the doors
 * open, and from then on as messages go out and answers come.
 */
export class ServiceGate {
  readonly events: Events<GateEvents>;
  /** By user, what each message says; full service is nowhere. */
  readonly #users = new Map<string, Map<string, "open" | ServiceLevel>>();
  readonly #standings = new Map<string, ServiceStanding>();

  /** `failed`: what a listener threw. */
  constructor(failed: (error: unknown) => void) {
    this.events = new Events<GateEvents>(failed);
  }

  /** Everybody has full service: nothing needs to be looked up. */
  get idle(): boolean {
    return this.#standings.size === 0;
  }

  standing(aor: string): ServiceStanding {
    return this.#standings.get(aor) ?? FULL;
  }

  /** A blocking message waits for this user's answer, or it is being found out whether one does. */
  isOpen(aor: string): boolean {
    return this.standing(aor).open;
  }

  level(aor: string): ServiceLevel {
    return this.standing(aor).level;
  }

  /** False: what is for this user is kept, sessions are 480, and presence is closed. */
  mayReceive(aor: string): boolean {
    if (this.idle) return true;
    const { open, level } = this.standing(aor);
    return !open && level !== "none";
  }

  /** False: sessions and rooms, in which who receives can send, do not stand. */
  mayTalk(aor: string): boolean {
    if (this.idle) return true;
    const { open, level } = this.standing(aor);
    return !open && level === "full";
  }

  /** What one message says of a user; `full`: nothing. */
  note(aor: string, message: string, what: "open" | ServiceLevel): void {
    let notes = this.#users.get(aor);
    if (what !== "full") {
      if (notes === undefined) this.#users.set(aor, notes = new Map());
      notes.set(message, what);
    } else if (notes === undefined || !notes.delete(message)) return;
    this.#settle(aor, notes);
  }

  /** What a message says of users is over; with `levels`, also what it has granted less than all. */
  end(message: string, levels: boolean): void {
    for (const [aor, notes] of [...this.#users]) {
      const what = notes.get(message);
      if (what !== undefined && (levels || what === "open")) this.note(aor, message, "full");
    }
  }

  /** The user is gone. */
  forget(aor: string): void {
    const notes = this.#users.get(aor);
    if (notes === undefined) return;
    notes.clear();
    this.#settle(aor, notes);
  }

  #settle(aor: string, notes: ReadonlyMap<string, "open" | ServiceLevel>): void {
    const before = this.standing(aor);
    let open = false, level: ServiceLevel = "full";
    for (const what of notes.values()) {
      if (what === "open") open = true;
      else if (RANK[what] < RANK[level]) level = what;
    }
    if (notes.size === 0) {
      this.#users.delete(aor);
      this.#standings.delete(aor);
    } else this.#standings.set(aor, { open, level });
    if (open !== before.open || level !== before.level) {
      this.events.emit("serviceLevelChanged", { aor, open, level });
    }
  }
}

import type { LiveRoom } from "../rooms/live_room.ts";
import type { FocusSettings } from "./focus_deps.ts";
import type { RoomRefusal } from "../policy/terms.ts";
import { refused } from "./focus_refusals.ts";
import { Invitation, type InvitationHost, type InvitationPlan } from "./invitation.ts";

/** Who wants to know how one invitation ends. */
const MOST_LISTENERS = 64;

/** All that are being asked into rooms. Bounded: so many at the same time, so many by one user, so many that wait. */
export class Invitations {
  readonly #host: InvitationHost;
  /** By room and person: who is asked already is not asked twice. */
  readonly #open = new Map<string, Invitation>();
  readonly #listeners = new Map<Invitation, ((status: number) => void)[]>();
  /** Of each user who invites; the first that waits longest. */
  readonly #waiting = new Map<string, Invitation[]>();
  readonly #running = new Map<string, number>();
  #waits = 0;
  #runs = 0;
  #pumping = false;
  #closed = false;

  constructor(host: InvitationHost) {
    this.#host = host;
  }

  /** Under way, those that wait included. */
  get size(): number {
    return this.#open.size;
  }

  /** Asks somebody, who may be there already; null, and `plan.told` tells the outcome. Or says at once why not. */
  invite(plan: InvitationPlan): RoomRefusal | null {
    if (plan.room.find(plan.person.aor)?.standing === "connected") {
      plan.told(200);
      return null;
    }
    const key = keyOf(plan.room, plan.person.aor);
    const known = this.#open.get(key);
    if (known !== undefined) {
      const listeners = this.#listeners.get(known)!;
      if (listeners.length >= MOST_LISTENERS) return refused(503, "Is being invited already");
      listeners.push(plan.told);
      return null;
    }
    const { settings } = this.#host.deps;
    const waiting = this.#waiting.get(plan.by.aor)?.length ?? 0;
    // Half of the places are for others, whoever takes them first.
    if (this.#closed || this.#waits >= settings.waiting || waiting >= Math.ceil(settings.waiting / 2)) {
      return refused(503, "Too many invitations at present");
    }
    const listeners = [plan.told];
    const told = (status: number) => {
      for (const listener of [...listeners]) listener(status);
    };
    const invitation = new Invitation(this.#host, { ...plan, told }, (settled) => this.#settled(settled));
    const refusal = invitation.enter();
    if (refusal !== null) return refusal;
    this.#open.set(key, invitation);
    this.#listeners.set(invitation, listeners);
    const queue = this.#waiting.get(plan.by.aor);
    if (queue === undefined) this.#waiting.set(plan.by.aor, [invitation]);
    else queue.push(invitation);
    this.#waits++;
    this.#pump();
    return null;
  }

  /** The box goes down. */
  close(reason: string): void {
    this.#closed = true;
    for (const invitation of [...this.#open.values()]) invitation.cancel(reason);
  }

  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    const { settings } = this.#host.deps;
    for (const [by, queue] of this.#waiting) {
      while (queue.length > 0 && this.#mayRun(by, settings)) this.#run(by, queue);
      if (queue.length === 0) this.#waiting.delete(by);
      if (this.#runs >= settings.atOnce) break;
    }
    this.#pumping = false;
  }

  #mayRun(by: string, { atOnce, perUser }: FocusSettings): boolean {
    return this.#runs < atOnce && (this.#running.get(by) ?? 0) < perUser;
  }

  #run(by: string, queue: Invitation[]): void {
    const invitation = queue.shift()!;
    this.#waits--;
    this.#runs++;
    this.#running.set(by, (this.#running.get(by) ?? 0) + 1);
    invitation.start();
  }

  #settled(invitation: Invitation): void {
    const { room, person, by } = invitation.plan;
    if (!this.#listeners.delete(invitation)) return;
    this.#open.delete(keyOf(room, person.aor));
    const queue = this.#waiting.get(by.aor);
    const at = queue?.indexOf(invitation) ?? -1;
    if (queue !== undefined && at >= 0) {
      queue.splice(at, 1);
      this.#waits--;
      if (queue.length === 0 && !this.#pumping) this.#waiting.delete(by.aor);
    } else {
      this.#runs--;
      const running = (this.#running.get(by.aor) ?? 1) - 1;
      if (running <= 0) this.#running.delete(by.aor);
      else this.#running.set(by.aor, running);
    }
    this.#pump();
  }
}

function keyOf({ uri }: LiveRoom, aor: string): string {
  return `${uri} ${aor}`;
}

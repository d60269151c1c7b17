import type { DeferredEntry, DeferredMessage } from "../../storage/mod.ts";
import { type Binding, bindingTargets } from "../sip_core/mod.ts";
import { fileOfLines } from "./intake/file_lines.ts";
import { inviteVerdictOf } from "./outcome.ts";
import { isOne } from "./passed_over.ts";
import type { PushHost, SessionDelivery } from "./push_host.ts";
import { FilePush, type FilePushEnd } from "./push/file_push.ts";

/** Files of one recipient under way at once. */
const MOST = 2;

/** Whose files they are. */
export interface FilesOwner {
  readonly aor: string;
  /** One is over; the next one may begin. `later`: it waits for another time. */
  fileEnded(later: boolean): void;
}

/**
 * The files that wait for one recipient, each in a session of its own beside everything else: people are asked about them, and what
 * was sent behind them is not to wait for the answer.
 */
export class RecipientFiles {
  readonly #owner: FilesOwner;
  readonly #host: PushHost;
  /** By id; null while it is being read. */
  readonly #open = new Map<number, FilePush | null>();
  #stopped = false;

  constructor(owner: FilesOwner, host: PushHost) {
    this.#owner = owner;
    this.#host = host;
  }

  /** It cannot begin: it is under way, or as many others are as may be. */
  waits({ id }: DeferredEntry): boolean {
    return this.#open.has(id) || this.#open.size >= MOST;
  }

  get idle(): boolean {
    return this.#open.size === 0;
  }

  /** Offers it to these devices. */
  begin(sessions: SessionDelivery, entry: DeferredEntry, devices: readonly Binding[]): void {
    this.#open.set(entry.id, null);
    this.#host.filesOpen.enter();
    this.#begin(sessions, entry, devices).catch((error: Error) => {
      const { recipient, id } = entry;
      this.#host.services.log.error("stored file could not be offered", { recipient, id, error: error.message });
      this.#later(entry.id);
    });
  }

  /** A device is there no longer: files that it is taking stop, and wait for another time. */
  deviceGone(gone: Binding): void {
    for (const push of this.#open.values()) {
      const binding = push?.target?.binding ?? null;
      if (binding !== null && isOne(binding, gone)) push!.leave("the device is not registered any more");
    }
  }

  stop(): void {
    this.#stopped = true;
    for (const push of this.#open.values()) push?.stop();
    this.#open.clear();
  }

  async #begin(sessions: SessionDelivery, entry: DeferredEntry, devices: readonly Binding[]): Promise<void> {
    const { store, passed, services } = this.#host;
    const { id } = entry;
    const message = await store.read(id);
    if (message === null) return this.#end(id, () => passed.putAside(this.#owner.aor, id));
    const admitted = this.#host.admits(message);
    if (!(typeof admitted === "boolean" ? admitted : await admitted)) {
      return this.#end(id, () => passed.withhold(this.#owner.aor, id));
    }
    const file = fileOfLines(message.headers);
    if (file === null) {
      services.log.error("stored file has no readable description", { recipient: entry.recipient, id });
      return this.#end(id, () => passed.refuse(id));
    }
    if (this.#stopped) return;
    const push = new FilePush(sessions, entry, message, file, (end) => this.#ended(id, message, end));
    this.#open.set(id, push);
    push.start(bindingTargets(this.#owner.aor, devices, services.wires));
  }

  #ended(id: number, message: DeferredMessage, end: FilePushEnd): void {
    const { notes, passed } = this.#host;
    switch (end.kind) {
      case "taken":
        this.#host.remove(id);
        notes.delivered(id, message, end.target, end.callId);
        return this.#end(id);
      case "refused":
        if (end.target.binding !== null) passed.refuseBy(id, end.target.binding);
        notes.refused(id, message, end.target, end.status);
        return this.#end(id);
      case "broken":
        return this.#later(id);
      case "damaged":
        return this.#end(id, () => passed.refuse(id));
      case "untaken": {
        const refusals = end.outcomes.filter(({ status }) => inviteVerdictOf(status) === "refused");
        for (const { target, status } of refusals) {
          if (target.binding !== null) passed.refuseBy(id, target.binding);
          notes.refused(id, message, target, status);
        }
        // A device may say so for the user as a whole (RFC 3261 §21.6).
        const whole = refusals.some(({ status }) => status >= 600);
        if (whole) passed.refuse(id);
        if (!whole && refusals.length < end.outcomes.length) return this.#later(id);
        this.#end(id);
      }
    }
  }

  #later(id: number): void {
    this.#host.passed.putAside(this.#owner.aor, id);
    this.#leave(id);
    this.#owner.fileEnded(true);
  }

  #end(id: number, first?: () => void): void {
    first?.();
    this.#leave(id);
    this.#owner.fileEnded(false);
  }

  #leave(id: number): void {
    if (this.#open.delete(id)) this.#host.filesOpen.leave();
  }
}

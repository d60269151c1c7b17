import { type Events, type Log, randomToken, type Timed, type Timers, utf8 } from "../../../foundation/mod.ts";
import type { DeferredMessage } from "../../../storage/mod.ts";
import { DEFERRED_LIST_TYPE } from "../../../transport/payload/mod.ts";
import { type Binding, bindingTargets, type CoreEvents, type CoreServices } from "../../sip_core/mod.ts";
import { PushFork, type PushUser } from "../push_fork.ts";
import { boundedList } from "./list_document.ts";
import { deferredAddress } from "./list_names.ts";
import type { Mailbox } from "./mailbox.ts";
import type { Mailboxes } from "./mailboxes.ts";
import type { ToldMarks } from "./told_marks.ts";

export interface ListNoticesParts {
  readonly services: CoreServices;
  readonly coreEvents: Events<CoreEvents>;
  readonly mailboxes: Mailboxes;
  readonly marks: Pick<ToldMarks, "get">;
  /** The user wants lists in place of pushes (published setting `notify`, or the stored one). */
  readonly notifies: (aor: string) => boolean;
  /** Somebody of the user hears of the list by a subscription. */
  readonly isWatched: (aor: string) => boolean;
  /** Octets of a MESSAGE's body. Live. */
  readonly limit: () => number;
  /** A device has the list. */
  readonly told: (mailbox: Mailbox) => void;
  readonly timers: Timers;
  readonly log: Log;
}

/** After a registration: time for its 200, for what the device publishes of its wishes, and for a SUBSCRIBE of its own. */
const AFTER_REGISTER_MS = 1000;
/** Devices that are about to be told. */
const MOST_DUE = 50_000;

/**
 * Notify-only delivery (oma-reference §3.4): whoever wants no pushes and has subscribed to no list gets one MESSAGE with the list
 * when a device registers, where there is something that the user was not told of.
 */
export class ListNotices implements Timed {
  readonly #parts: ListNoticesParts;
  /** By user: the devices that came since. */
  #due = new Map<string, Map<string, Binding>>();
  #dueCount = 0;
  /** Told at this moment: a device that comes meanwhile is not told the same. */
  readonly #telling = new Set<string>();
  #stopped = false;

  constructor(parts: ListNoticesParts) {
    this.#parts = parts;
    parts.coreEvents.on("registered", ({ aor, binding }) => this.#registered(aor, binding));
  }

  stop(): void {
    this.#stopped = true;
    this.#due.clear();
  }

  onTimer(): void {
    const due = this.#due;
    this.#due = new Map();
    this.#dueCount = 0;
    for (const [aor, devices] of due) {
      if (this.#telling.has(aor)) continue;
      this.#telling.add(aor);
      this.#tell(aor, [...devices.values()])
        .catch((error: unknown) =>
          this.#parts.log.warn("a list of what waits could not be sent", { user: aor, error: String(error) })
        )
        .finally(() => this.#telling.delete(aor));
    }
  }

  #registered(aor: string, binding: Binding): void {
    if (this.#stopped || !this.#hasNews(aor)) return;
    if (this.#dueCount >= MOST_DUE) return;
    if (this.#due.size === 0) this.#parts.timers.start(AFTER_REGISTER_MS, this, 0);
    const devices = this.#due.get(aor) ?? new Map<string, Binding>();
    this.#due.set(aor, devices);
    if (!devices.has(binding.contact)) this.#dueCount++;
    devices.set(binding.contact, binding);
  }

  #hasNews(aor: string): boolean {
    const newest = this.#parts.mailboxes.entries(aor).at(-1);
    return newest !== undefined && newest.id > this.#parts.marks.get(aor).upTo;
  }

  async #tell(aor: string, devices: readonly Binding[]): Promise<void> {
    const { mailboxes, notifies, isWatched, limit, told, services } = this.#parts;
    if (!notifies(aor) || isWatched(aor) || !this.#hasNews(aor)) return;
    const mailbox = await mailboxes.read(aor);
    const body = boundedList(mailbox, limit());
    if (body === null || mailbox.messages.length === 0 || this.#stopped) return;
    const there = services.location.bindings(aor);
    const contacts = new Set(devices.map(({ contact }) => contact));
    const bindings = there.filter(({ contact }) => contacts.has(contact));
    if (bindings.length === 0) return;
    const taken = await this.#send(aor, utf8(body), bindings);
    if (taken) told(mailbox);
  }

  /** True where a device took it. */
  #send(aor: string, body: Uint8Array, bindings: readonly Binding[]): Promise<boolean> {
    const { services } = this.#parts;
    return new Promise((resolve) => {
      const user: PushUser = { onTaken: () => {}, onPushed: (push) => resolve(push.taken) };
      new PushFork(services, 0, noticeOf(aor, body, services.clock.now()), user)
        .start(bindingTargets(aor, bindings, services.wires));
    });
  }
}

/** The list as a message from the service itself (RFC 3325 §5: it asserts its own identity). It is not stored. */
function noticeOf(aor: string, body: Uint8Array, now: number): DeferredMessage {
  const sender = deferredAddress(aor.slice(aor.lastIndexOf("@") + 1));
  return {
    recipient: aor,
    device: "",
    sender,
    arrivedAt: now,
    expiresAt: now,
    transaction: randomToken(16),
    headers: `From: <${sender}>\r\nTo: <${aor}>\r\nDate: ${new Date(now).toUTCString()}\r\n` +
      `P-Asserted-Identity: <${sender}>\r\nContent-Type: ${DEFERRED_LIST_TYPE}\r\n`,
    body,
  };
}

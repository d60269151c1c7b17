import { OperationError } from "../../../operations/mod.ts";
import {
  type NewSystemMessage,
  SystemMessageFault,
  type SystemMessageService,
  type SystemMessageView,
  type SystemRecipientView,
} from "../services/mod.ts";
import type { FakeSubscribers } from "./fake_store.ts";

/** Messages in memory: everybody has them at once, and nobody answers but through `answered`. For tests only. */
export class FakeSystemMessages implements SystemMessageService {
  readonly #now: () => number;
  readonly #subscribers: FakeSubscribers;
  readonly #sent: SystemMessageView[] = [];
  readonly #recipients = new Map<string, SystemRecipientView[]>();

  constructor(now: () => number, subscribers: FakeSubscribers) {
    this.#now = now;
    this.#subscribers = subscribers;
  }

  list(limit: number): SystemMessageView[] {
    return this.#sent.slice(0, limit);
  }

  get(id: string): SystemMessageView | undefined {
    return this.#sent.find((one) => one.id === id);
  }

  recipients(id: string, after: string, limit: number): SystemRecipientView[] {
    return (this.#recipients.get(id) ?? []).filter(({ uri }) => uri > after).slice(0, limit);
  }

  send(request: NewSystemMessage, by: string): Promise<SystemMessageView> {
    const { to = "condition", text, options = [], blocking = false } = request;
    if (blocking && options.length === 0) return Promise.reject(new SystemMessageFault("blocking", "it needs options"));
    if (options.length === 1) {
      return Promise.reject(new SystemMessageFault("options", "1 options; allowed: none, or 2 to 10"));
    }
    const all = to === "everybody" || to === "condition";
    if (!all && this.#subscribers.get(to) === undefined) {
      return Promise.reject(new OperationError("not-found", `there is no user ${to}`));
    }
    const users = all ? this.#subscribers.list("", 1000).map(({ aor }) => aor) : [to];
    const id = `message-${this.#sent.length + 1}`;
    const at = this.#now();
    const view: SystemMessageView = {
      id,
      at,
      by,
      cause: "",
      to,
      condition: request.condition ?? null,
      text,
      recipients: users.length,
      delivered: users.length,
      deferred: 0,
      failed: 0,
      options: options.map(({ id, label, grants = "full" }, i) => ({
        id: id ?? `${i + 1}`,
        label,
        grants,
        answered: 0,
      })),
      blocking,
      ask_read: request.ask_read ?? false,
      answer_within: request.answer_within ?? null,
      on_timeout: request.on_timeout ?? "none",
      expires_at: request.expires_at ?? null,
      state: options.length > 0 || to === "condition" ? "standing" : "sent",
      read: 0,
      answered: 0,
      open: options.length > 0 ? users.length : 0,
      timed_out: 0,
    };
    this.#sent.unshift(view);
    this.#recipients.set(
      id,
      users.map((uri) => ({
        uri,
        state: "delivered",
        delivered_at: at,
        read_at: null,
        answered_at: null,
        option: null,
      })),
    );
    return Promise.resolve(view);
  }

  /** A user has answered. */
  answered(id: string, uri: string, option: string): void {
    const at = this.#now();
    const all = this.#recipients.get(id)!;
    this.#recipients.set(
      id,
      all.map((one) => one.uri === uri ? { ...one, state: "answered", read_at: at, answered_at: at, option } : one),
    );
    this.#change(id, (view) => ({
      ...view,
      read: view.read + 1,
      answered: view.answered + 1,
      open: view.open - 1,
      options: view.options.map((one) => one.id === option ? { ...one, answered: one.answered + 1 } : one),
    }));
  }

  withdraw(id: string): Promise<SystemMessageView> {
    if (this.get(id) === undefined) {
      return Promise.reject(new OperationError("not-found", `there is no system message "${id}"`));
    }
    return Promise.resolve(this.#change(id, (view) => ({ ...view, state: "withdrawn", open: 0 })));
  }

  #change(id: string, change: (view: SystemMessageView) => SystemMessageView): SystemMessageView {
    const at = this.#sent.findIndex((one) => one.id === id);
    return this.#sent[at] = change(this.#sent[at]);
  }
}

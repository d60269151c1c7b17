import {
  type ChatSessionFilter,
  type ChatSessionService,
  type ChatSessionView,
  filteredChatSessions,
} from "../services/mod.ts";

/** Sessions that nobody speaks in. */
export class FakeChatSessions implements ChatSessionService {
  readonly #now: () => number;
  readonly #open = new Map<string, ChatSessionView>();
  #made = 0;
  /** What `end` ended. */
  readonly ended: { readonly id: string; readonly by: string }[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Two users have one now. Each began a second after the one before, so that their order is known. */
  open(session: Pick<ChatSessionView, "from" | "to"> & Partial<ChatSessionView>): ChatSessionView {
    this.#made++;
    const since = this.#now() - 3_600_000 + this.#made * 1000;
    const view = { id: `chat-${this.#made}`, since, mode: "chat" as const, octets: 0, messages: 0, ...session };
    this.#open.set(view.id, view);
    return view;
  }

  get size(): number {
    return this.#open.size;
  }

  list(filter: ChatSessionFilter): ChatSessionView[] {
    return filteredChatSessions(this.#open.values(), filter);
  }

  end(id: string, by: string): boolean {
    if (!this.#open.delete(id)) return false;
    this.ended.push({ id, by });
    return true;
  }
}

import type { SessionRow } from "../../participating/mod.ts";
import {
  type ChatSessionFilter,
  type ChatSessionService,
  type ChatSessionView,
  filteredChatSessions,
} from "../services/mod.ts";

/** The part of the participating function's `Sessions` that the console looks at. */
export interface SessionTable {
  readonly size: number;
  list(after: string, limit: number): SessionRow[];
  get(id: string): { readonly row: SessionRow } | undefined;
  end(id: string, reason: "administrator"): boolean;
}

/** Sessions as the console shows them; one that rings is none yet. */
export class LiveChatSessions implements ChatSessionService {
  readonly #sessions: SessionTable;
  readonly #audit: (event: string, actor: string, facts: Record<string, string>) => void;

  constructor(
    sessions: SessionTable,
    audit: (event: string, actor: string, facts: Record<string, string>) => void,
  ) {
    this.#sessions = sessions;
    this.#audit = audit;
  }

  get size(): number {
    return this.#standing().length;
  }

  list(filter: ChatSessionFilter): ChatSessionView[] {
    return filteredChatSessions(this.#standing().map(viewOf), filter);
  }

  end(id: string, by: string): boolean {
    const row = this.#sessions.get(id)?.row;
    if (row === undefined || !this.#sessions.end(id, "administrator")) return false;
    this.#audit("chat_session.end", by, { id, from: row.from, to: row.to });
    return true;
  }

  #standing(): SessionRow[] {
    return this.#sessions.list("", this.#sessions.size).filter(({ state }) => state === "up");
  }
}

function viewOf({ id, from, to, since, kind, fromInviter, fromInvitee }: SessionRow): ChatSessionView {
  return {
    id,
    from,
    to,
    since,
    mode: kind === "session" ? "chat" : kind,
    octets: fromInviter.octets + fromInvitee.octets,
    messages: fromInviter.messages + fromInvitee.messages,
  };
}

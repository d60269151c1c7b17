/** One chat session, large message or file transfer that is going on. What is said in it is not known here. */
export interface ChatSessionView {
  /** Made for the console: not the session id of an MSRP path, which is a secret of both sides. */
  readonly id: string;
  /** Addresses of record: who invited, and who was invited. */
  readonly from: string;
  readonly to: string;
  /** Accepted at. */
  readonly since: number;
  readonly mode: "chat" | "large" | "file";
  /** Passed through the box, both ways; 0 where the sides are connected directly. */
  readonly octets: number;
  readonly messages: number;
}

/** Which sessions somebody would like to see. */
export interface ChatSessionFilter {
  /** Address of record of one of the two; "" for all. */
  readonly user: string;
  /** Part of one of the two addresses, any case; "" for all. */
  readonly search: string;
  readonly limit: number;
}

export interface ChatSessionService {
  /** How many there are. */
  readonly size: number;
  /** Newest first. */
  list(filter: ChatSessionFilter): ChatSessionView[];
  /** Ends one, with BYE to both sides. False: there is none (any more). Writes `chat_session.end` to the audit log. */
  end(id: string, by: string): boolean;
}

/** What `list` gives of all sessions there are. */
export function filteredChatSessions(
  all: Iterable<ChatSessionView>,
  { user, search, limit }: ChatSessionFilter,
): ChatSessionView[] {
  const part = search.toLowerCase();
  const found: ChatSessionView[] = [];
  for (const session of all) {
    const { from, to } = session;
    if (user !== "" && from !== user && to !== user) continue;
    if (from.toLowerCase().includes(part) || to.toLowerCase().includes(part)) found.push(session);
  }
  return found.sort((a, b) => b.since - a.since).slice(0, limit);
}

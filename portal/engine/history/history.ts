import { type ReadonlySignal, signal } from "@preact/signals-core";
import type {
  FolderModel,
  HistoryHit,
  HistoryItem,
  HistoryModel,
  HistoryQuery,
  Outcome,
  PeopleModel,
  Problem,
} from "../../model/mod.ts";
import type { EngineParts } from "../doors.ts";
import { isProblem, orProblem, outcomeOf } from "../outcomes.ts";
import { apart, type ConversationAnswer, type HitsAnswer, together } from "./history_answers.ts";

const HISTORY = "/me/history";
/** Conversations of a page, hits of a search, and what one request deletes. */
const PAGE = 100, HITS = 100, AT_ONCE = 200;

/** What the service has recorded, over REST (HST-1, HST-2). Nothing is kept here but the folders. */
export class History implements HistoryModel {
  readonly #parts: Pick<EngineParts, "rest" | "link">;
  readonly #people: Pick<PeopleModel, "nameOf">;
  readonly #folders = signal<readonly FolderModel[]>([]);
  /** The latest reading of the folders: one that was overtaken does not count. */
  #reading = 0;

  constructor(parts: Pick<EngineParts, "rest" | "link">, { people }: { people: Pick<PeopleModel, "nameOf"> }) {
    this.#parts = parts;
    this.#people = people;
  }

  get folders(): ReadonlySignal<readonly FolderModel[]> {
    return this.#folders;
  }

  async refresh(): Outcome {
    const reading = ++this.#reading;
    const answer = await orProblem(
      this.#parts.rest.get<{ readonly folders: readonly FolderModel[] }>(`${HISTORY}/folders`),
    );
    if (isProblem(answer)) return answer;
    if (reading === this.#reading) this.#folders.value = answer.folders;
    return null;
  }

  async list(
    query: HistoryQuery,
    after: string,
  ): Promise<{ readonly items: readonly HistoryItem[]; readonly next: string } | Problem> {
    const answer = await orProblem(
      this.#parts.rest.get<{ readonly conversations: readonly ConversationAnswer[]; readonly next: string }>(
        HISTORY,
        { ...filterOf(query), after, limit: PAGE },
      ),
    );
    if (isProblem(answer)) return answer;
    return { items: answer.conversations.map((one) => this.#itemOf(one)), next: answer.next };
  }

  async search(
    query: HistoryQuery,
  ): Promise<{ readonly hits: readonly HistoryHit[]; readonly bounded: boolean; readonly more: boolean } | Problem> {
    const answer = await orProblem(
      this.#parts.rest.get<HitsAnswer>(`${HISTORY}/search`, { ...filterOf(query), words: query.words, limit: HITS }),
    );
    if (isProblem(answer)) return answer;
    const hits = answer.hits.map(({ conversation, message, snippet }) => ({
      item: this.#itemOf(conversation),
      messageId: message.message_id,
      at: message.at,
      fromName: message.own ? this.#parts.link.me.name : this.#people.nameOf(message.from.uri, message.from.name),
      snippet,
    }));
    return { hits, bounded: answer.bounded, more: answer.more };
  }

  rename(reference: string, name: string): Outcome {
    return this.#changeName(reference, (now) => together(apart(now).folder, name));
  }

  move(reference: string, folder: string): Outcome {
    return this.#changeName(reference, (now) => together(folder, apart(now).own));
  }

  async remove(references: readonly string[]): Outcome {
    let problem: Problem | null = null;
    for (let at = 0; at < references.length && problem === null; at += AT_ONCE) {
      problem = await this.#removeSome(references.slice(at, at + AT_ONCE));
    }
    // What was asked for comes first: that the folders cannot be read is seen at the next look.
    const unread = await this.refresh();
    return problem ?? unread;
  }

  exportPath(reference: string, format: "json" | "html"): string {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
    return this.#parts.rest.href(
      `${pathOf(reference)}/export?format=${format}&zone=${encodeURIComponent(zone)}`,
    );
  }

  /** The service takes all of a request or nothing of it: where one is gone already, the others go one by one. */
  async #removeSome(references: readonly string[]): Outcome {
    const { rest } = this.#parts;
    const list = references.map(encodeURIComponent).join(",");
    const problem = await outcomeOf(async () => void await rest.send("DELETE", `${HISTORY}?references=${list}`));
    if (problem?.status !== 404) return problem;
    for (const reference of references) {
      const one = await outcomeOf(async () => void await rest.send("DELETE", pathOf(reference)));
      if (one !== null && one.status !== 404) return one;
    }
    return null;
  }

  /** Other devices may have renamed it meanwhile, so that its present name is asked for. */
  async #changeName(reference: string, changed: (now: string) => string): Outcome {
    const { rest } = this.#parts;
    return await outcomeOf(async () => {
      const { name } = await rest.get<ConversationAnswer>(pathOf(reference));
      await rest.send("PATCH", pathOf(reference), { name: changed(name) });
      return await this.refresh();
    });
  }

  #itemOf(answer: ConversationAnswer): HistoryItem {
    const { folder, own } = apart(answer.name);
    const said = answer.group?.name || answer.parties.find(({ uri }) => uri === answer.with)?.name;
    return {
      reference: answer.reference,
      with: answer.with,
      withName: this.#people.nameOf(answer.with, said || undefined),
      name: own,
      folder,
      subject: answer.subject,
      from: answer.started_at,
      until: answer.ended_at,
      messages: answer.messages,
      octets: answer.octets,
      expiresAt: answer.expires_at,
      open: answer.open,
    };
  }
}

function pathOf(reference: string): string {
  return `${HISTORY}/${encodeURIComponent(reference)}`;
}

function filterOf({ with: other, from, until, folder }: HistoryQuery) {
  return {
    with: other.trim() || undefined,
    from: from > 0 ? Math.floor(from) : undefined,
    until: Number.isFinite(until) ? Math.ceil(until) : undefined,
    folder: folder ?? undefined,
  };
}

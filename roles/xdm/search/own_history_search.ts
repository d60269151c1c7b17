import type { Clock } from "../../../foundation/mod.ts";
import { OperationError } from "../../../operations/mod.ts";
import { xmlChildren } from "../../../transport/xml/mod.ts";
import type { DocumentService } from "../document_service.ts";
import { COUNTS, IDENTIFIERS, NS } from "../usages/identifiers.ts";
import { referenceOf } from "../usages/history_check.ts";
import { comparisonsOf, type Condition } from "./condition.ts";
import { Matcher } from "./matcher.ts";
import { elementText } from "./element_text.ts";
import { Pace } from "./pace.ts";
import { SearchRefusal } from "./search_refusal.ts";
import { HISTORY, SAID } from "./search_target.ts";
import { keyOf, type Value, valuesOf } from "./values.ts";

/** Conversations that were found. */
export interface FoundHistory {
  readonly found: readonly {
    /** Texts by the name of their field. */
    readonly fields: Readonly<Record<string, readonly string[]>>;
    /** All that is known, as an element. */
    readonly whole: string;
  }[];
  readonly more: boolean;
}

/** Where it is known what was said. */
export interface SaidWords {
  /**
   * References of the owner's conversations in which one message has all these words, of so many at most; `bounded`: there may be more.
   * Rejects with OperationError where that is no search, or cannot be done now.
   */
  saying(
    owner: string,
    words: string,
    most: number,
  ): Promise<{ readonly references: ReadonlySet<string>; readonly bounded: boolean }>;
}

/** Searches by words in one query: each is a search of its own. */
const WORD_SEARCHES = 4;
/** Seconds. */
const BUSY = 5;
const TIME = 5000;
const COMPARISONS = 2_000_000;
/** Steps that it costs to look at a conversation. */
const LOOK_COST = 50;

/** Finds a user's own recorded conversations by what is known of them (IM-12), in the order of the document. */
export async function searchHistory(
  by: string,
  where: Condition | null,
  most: number,
  { service, clock, said = null }: {
    readonly service: Pick<DocumentService, "read">;
    readonly clock: Clock;
    /** Null where the box keeps no conversations: no words are in any. */
    readonly said?: SaidWords | null;
  },
): Promise<FoundHistory> {
  const { auid, document: name } = IDENTIFIERS.convHistory;
  const matcher = new Matcher(where, HISTORY, () => "");
  const version = await service.read({ auid, owner: by, name });
  const found: FoundHistory["found"][number][] = [];
  if (version === null) return { found, more: false };
  const { values: saidIn, bounded } = await wordsSaid(by, where, said);
  const pace = new Pace(clock, TIME, COMPARISONS);
  for (const history of xmlChildren(version.document.root, NS.historyList, "history")) {
    if (pace.due(LOOK_COST + matcher.size)) await pace.pause();
    const reference = referenceOf(history);
    const values = HISTORY.fields.map((field) => {
      if (field.name === SAID) return saidIn(reference);
      return field.name === "history-reference"
        ? [{ text: reference, key: reference.toLowerCase() }]
        : valuesOf(history, field);
    });
    if (!matcher.matches({ id: reference, aor: "", values })) continue;
    if (found.length === most) return { found, more: true };
    const texts: Record<string, readonly string[]> = {};
    HISTORY.fields.forEach((field, i) => {
      if (values[i].length > 0) texts[field.name] = values[i].map(({ text }) => text);
    });
    found.push({ fields: texts, whole: elementText(history) });
  }
  return { found, more: bounded };
}

/** What was looked for among messages, as values of the conversations in which it was found: equality finds those then. */
async function wordsSaid(
  by: string,
  where: Condition | null,
  said: SaidWords | null,
): Promise<{ values: (reference: string) => Value[]; bounded: boolean }> {
  const wanted = new Map(
    comparisonsOf(where).filter(({ field }) => field === SAID).map(({ value }) => [keyOf(value, "text"), value]),
  );
  if (wanted.size > WORD_SEARCHES) {
    throw new SearchRefusal(
      "query",
      `A query looks for words ${WORD_SEARCHES} times at most, not ${wanted.size} times.`,
    );
  }
  const found: { value: Value; references: ReadonlySet<string> }[] = [];
  let bounded = false;
  for (const [key, text] of wanted) {
    if (said === null) break;
    const { references, bounded: some } = await said.saying(by, text, COUNTS.histories).catch(refused);
    found.push({ value: { text, key }, references });
    bounded ||= some;
  }
  const values = (reference: string) =>
    found.filter(({ references }) => references.has(reference)).map(({ value }) => value);
  return { values, bounded };
}

function refused(error: unknown): never {
  if (!(error instanceof OperationError)) throw error;
  if (error.kind === "invalid") throw new SearchRefusal("query", error.message);
  throw new SearchRefusal("busy", error.message, BUSY);
}

import type { Clock } from "../../../foundation/mod.ts";
import { xmlChildren } from "../../../transport/xml/mod.ts";
import type { DocumentService } from "../document_service.ts";
import { IDENTIFIERS, NS } from "../usages/identifiers.ts";
import { referenceOf } from "../usages/history_check.ts";
import type { Condition } from "./condition.ts";
import { Matcher } from "./matcher.ts";
import { elementText } from "./element_text.ts";
import { Pace } from "./pace.ts";
import { HISTORY } from "./search_target.ts";
import { valuesOf } from "./values.ts";

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

const TIME = 5000;
const COMPARISONS = 2_000_000;
/** Steps that it costs to look at a conversation. */
const LOOK_COST = 50;

/** Finds a user's own recorded conversations by what is known of them (IM-12), in the order of the document. */
export async function searchHistory(
  by: string,
  where: Condition | null,
  most: number,
  { service, clock }: { readonly service: Pick<DocumentService, "read">; readonly clock: Clock },
): Promise<FoundHistory> {
  const { auid, document: name } = IDENTIFIERS.convHistory;
  const matcher = new Matcher(where, HISTORY, () => "");
  const version = await service.read({ auid, owner: by, name });
  const found: FoundHistory["found"][number][] = [];
  if (version === null) return { found, more: false };
  const pace = new Pace(clock, TIME, COMPARISONS);
  for (const history of xmlChildren(version.document.root, NS.historyList, "history")) {
    if (pace.due(LOOK_COST + matcher.size)) await pace.pause();
    const reference = referenceOf(history);
    const values = HISTORY.fields.map((field) =>
      field.name === "history-reference"
        ? [{ text: reference, key: reference.toLowerCase() }]
        : valuesOf(history, field)
    );
    if (!matcher.matches({ id: reference, aor: "", values })) continue;
    if (found.length === most) return { found, more: true };
    const texts: Record<string, readonly string[]> = {};
    HISTORY.fields.forEach((field, i) => {
      if (values[i].length > 0) texts[field.name] = values[i].map(({ text }) => text);
    });
    found.push({ fields: texts, whole: elementText(history) });
  }
  return { found, more: false };
}

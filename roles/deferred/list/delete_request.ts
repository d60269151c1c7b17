import { StorageError } from "../../../storage/mod.ts";
import {
  DEFERRED_LIST_TYPE,
  HISTORY_LIST_TYPE,
  mediaType,
  namesKept,
  readReferences,
} from "../../../transport/payload/mod.ts";
import type { Exchange } from "../../sip_core/mod.ts";
import type { WaitingMessage } from "./mailbox.ts";
import type { Mailboxes } from "./mailboxes.ts";
import { NO_OTHERS, type OtherReferences } from "./other_references.ts";
import type { Removals } from "./removals.ts";

export interface DeleteRequestsParts {
  readonly mailboxes: Pick<Mailboxes, "read">;
  readonly removals: Pick<Removals, "remove">;
  /** Absent: only what waits can be named. */
  readonly others?: OtherReferences;
}

/** Messages that a list of references names; null where there is none of one of them. */
export function namedMessages(
  messages: readonly WaitingMessage[],
  references: readonly string[],
): WaitingMessage[] | null {
  const wanted = new Set(references);
  const found = messages.filter(({ reference }) => wanted.has(reference));
  return found.length === wanted.size ? found : null;
}

/**
 * A MESSAGE to `sip:delete@domain` (oma-reference §2.4, §3.4, §3.5): what its list names is deleted for good, all or none, of
 * whatever kind. 200 after the commit; 404 where the user has none of that reference, whoever else may have it.
 */
export async function deleteRequest(exchange: Exchange, aor: string, parts: DeleteRequestsParts): Promise<void> {
  const { request } = exchange;
  const required = request.list("Require");
  if (required.length > 0) return exchange.reply(420, { headers: [["Unsupported", required.join(", ")]] });
  if (!namesKept(mediaType(request.get("Content-Type") ?? ""))) {
    return exchange.reply(415, {
      reason: "Send A List Of References",
      headers: [["Accept", `${DEFERRED_LIST_TYPE}, ${HISTORY_LIST_TYPE}`]],
    });
  }
  const coding = request.get("Content-Encoding");
  if (coding !== undefined && coding.toLowerCase() !== "identity") {
    return exchange.reply(415, { headers: [["Accept-Encoding", "identity"]] });
  }
  let references: string[];
  try {
    references = readReferences(request.body);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return exchange.reply(400, { reason: error.message });
  }
  if (references.length === 0) return exchange.reply(400, { reason: "The List Names Nothing To Delete" });
  try {
    if (!await removed(aor, references, parts)) return exchange.reply(404, { reason: "No Such Message Waits For You" });
    exchange.reply(200);
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    exchange.reply(503, { reason: "The Store Does Not Answer", headers: [["Retry-After", "30"]] });
  }
}

/** False where one of them is not there: then nothing was deleted. Rejects with StorageError. */
async function removed(
  aor: string,
  references: readonly string[],
  { mailboxes, removals, others = NO_OTHERS }: DeleteRequestsParts,
): Promise<boolean> {
  const [waiting, other]: [string[], string[]] = [[], []];
  for (const reference of references) (others.isOne(reference) ? other : waiting).push(reference);
  const named = waiting.length === 0 ? [] : namedMessages((await mailboxes.read(aor)).messages, waiting);
  // Asked last: nothing comes between the last look and the deletion.
  if (named === null || (other.length > 0 && !others.hasAll(aor, other))) return false;
  if (other.length > 0) await others.remove(aor, other);
  if (named.length > 0) await removals.remove(aor, named);
  return true;
}

import type { Documents } from "../../../storage/mod.ts";
import type { DocumentService } from "../document_service.ts";
import { contactEntries, CONTACTS_SERVICE, listsKey } from "./contact_lists.ts";
import { withoutEntries } from "./contact_edits.ts";

export interface GoneAddressParts {
  readonly documents: Pick<Documents, "ofUsage">;
  readonly service: Pick<DocumentService, "update">;
}

/**
 * An address that nobody has any more leaves all contact lists (CHAT-8), one owner after the other. `uri`: folded. Gives how many users
 * had it. Rejects with StorageError, XcapProblem; done again it does the rest.
 */
export async function forgetInContacts(uri: string, { documents, service }: GoneAddressParts): Promise<number> {
  const { auid, name } = listsKey("");
  const owners = [...documents.ofUsage(auid)].filter((facts) => facts.owner !== "" && facts.name === name);
  let count = 0;
  for (const { owner } of owners) {
    const edit = (now: Parameters<typeof contactEntries>[0]) => withoutEntries(now, uri, contactEntries(now));
    if (await service.update(CONTACTS_SERVICE, listsKey(owner), edit) !== "unchanged") count++;
  }
  return count;
}

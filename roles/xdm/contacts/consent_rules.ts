import type { AccessDecision, AccessRules, Communication } from "../../participating/mod.ts";
import type { DocumentService } from "../document_service.ts";
import { askersOf, requestsKey } from "./requests_document.ts";

const WAITS: AccessDecision = { verdict: "refuse", reason: "the recipient has not agreed to be a contact yet" };

/**
 * GM-5 beside other rules: who has asked somebody for consent writes to them after they have agreed, and not while the request
 * waits.
 */
export function withConsent(rules: AccessRules, documents: Pick<DocumentService, "peek" | "read">): AccessRules {
  return {
    incoming(communication) {
      const decision = rules.incoming(communication);
      if (decision === undefined || decision.verdict !== "allow") return decision;
      const waits = consentWaits(documents, communication);
      return waits === undefined ? undefined : waits ? WAITS : decision;
    },
    outgoing: (communication) => rules.outgoing(communication),
    async prepare(communication) {
      await rules.prepare(communication);
      await documents.read(requestsKey(communication.to));
    },
  };
}

/** Whether the sender waits for the recipient's consent (GM-5); undefined where the document has to be read first. */
export function consentWaits(
  documents: Pick<DocumentService, "peek">,
  { from, to }: Pick<Communication, "from" | "to">,
): boolean | undefined {
  if (from === "" || to === "" || from === to) return false;
  const version = documents.peek(requestsKey(to));
  if (version === undefined) return undefined;
  return version !== null && askersOf(version.document).has(from);
}

import type { Params } from "../../../transport/sip/mod.ts";
import type { XcapChange } from "../../../transport/xcap/mod.ts";
import type { DocumentHistories } from "./document_history.ts";

/** How changes of documents are told (RFC 5875 §4.3). */
export type DiffMode = "no-patching" | "xcap-patching" | "aggregate";

/** The mode a SUBSCRIBE asks for; what is not known is the simplest (§4.3). */
export function diffModeOf(params: Params | undefined): DiffMode {
  const asked = params?.get("diff-processing")?.toLowerCase();
  return asked === "xcap-patching" || asked === "aggregate" ? asked : "no-patching";
}

/**
 * What to say of a document between two of its versions, null standing for none. With `aggregate` it is one patch; with
 * `xcap-patching` each version has its own, so that the chain of entity tags is whole. Where too little is remembered, or a patch
 * would be too long, it is the entity tags alone: the document has to be fetched (§4.7).
 */
export function documentChanges(
  mode: DiffMode,
  histories: DocumentHistories,
  name: string,
  sel: string,
  before: string | null,
  now: string | null,
): XcapChange[] {
  if (before === now) return [];
  const steps = mode === "xcap-patching" ? histories.steps(name, before, now) : null;
  if (steps !== null) {
    return steps.map(({ previous, next, patch }) => ({
      kind: "document",
      sel,
      previousEtag: previous,
      newEtag: next,
      body: patch,
    }));
  }
  const body = mode !== "no-patching" && before !== null && now !== null ? histories.between(name, before, now) : null;
  return [{ kind: "document", sel, previousEtag: before, newEtag: now, body }];
}

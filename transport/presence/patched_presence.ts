import { applyPatch, type PatchOperation, PatchProblem, readPatchOperations } from "../xcap/mod.ts";
import { escapeXml, splicedDocument, xmlAttribute, type XmlDocument, xmlTrim } from "../xml/mod.ts";
import { PIDF_DIFF_NAMESPACE, PIDF_NAMESPACE } from "./names.ts";
import { placeIn, PRESENCE_LIMITS, PresenceProblem } from "./presence_problem.ts";
import { versionOf } from "./check_presence.ts";
import { type PresenceDocument, readPresence } from "./read_presence.ts";

/** Whether it is a `pidf-diff`, which says what changed and nothing else. */
export function isPidfDiff({ root }: XmlDocument): boolean {
  return root.name === "pidf-diff" && root.namespace === PIDF_DIFF_NAMESPACE;
}

/**
 * A publication after a `pidf-diff` (RFC 5264 §4.3.2). `before` must have come as `pidf-full`, or of one by diffs. Where both
 * have a version, it must go up by one. Throws PresenceProblem, of kind `diff` with the PatchProblem as its cause where an
 * operation cannot be applied; then `before` is what counts.
 */
export function patchedPresence(before: PresenceDocument, diff: XmlDocument, salt = ""): PresenceDocument {
  checkRoot(diff);
  if (before.xml === null) {
    throw new PresenceProblem(
      "diff",
      "pidf-diff: the publication has no pidf-full that it could change (RFC 5264 §4.3.2)",
    );
  }
  const version = versionOf(diff);
  if (version !== null && before.version !== null && version !== before.version + 1) {
    throw new PresenceProblem("diff", `pidf-diff: version ${version} where ${before.version + 1} is next`);
  }
  return readPresence(patchedDocument(before.xml, diff), salt);
}

/** A whole document after a `pidf-diff`, its `version` included (RFC 5262 §4). Throws PresenceProblem of kind `diff`. */
export function patchedDocument(before: XmlDocument, diff: XmlDocument): XmlDocument {
  checkRoot(diff);
  const { root } = diff;
  const entity = xmlAttribute(root, "entity"), wanted = xmlAttribute(before.root, "entity");
  if (entity !== undefined && wanted !== undefined && xmlTrim(entity) !== xmlTrim(wanted)) {
    const message = `pidf-diff: the entity is not that of the document, ${wanted}`;
    throw new PresenceProblem("diff", message, { cause: new PatchProblem("invalid-attribute-value", message) });
  }
  if (root.children.length > PRESENCE_LIMITS.operations) {
    const most = `at most ${PRESENCE_LIMITS.operations} are taken`;
    throw new PresenceProblem("too-large", `pidf-diff: ${root.children.length} operations; ${most}`);
  }
  try {
    const operations = readPatchOperations(diff, root).map(fromAnyRoot);
    return withVersion(applyPatch(before, operations), versionOf(diff));
  } catch (error) {
    if (!(error instanceof PatchProblem)) throw error;
    throw new PresenceProblem("diff", `pidf-diff: ${error.element}: ${error.message}`, { cause: error });
  }
}

function checkRoot(diff: XmlDocument): void {
  if (isPidfDiff(diff)) return;
  const { root, text } = diff;
  throw new PresenceProblem("diff", `${placeIn(text, root.start)}: the root is ${root.name}; allowed: pidf-diff`);
}

/** In RFC 5262 §6 the root of a `pidf-full` is selected as `presence`; others write what they see. */
function fromAnyRoot(operation: PatchOperation): PatchOperation {
  const step = /^\/?(?:([^\s:/[\]()@"'=*]+):)?(presence|pidf-full)(?=[/[]|$)/.exec(operation.sel);
  if (step === null) return operation;
  const namespace = operation.namespaces.get(step[1] ?? "");
  if (namespace !== (step[2] === "presence" ? PIDF_NAMESPACE : PIDF_DIFF_NAMESPACE)) return operation;
  return { ...operation, sel: `*${operation.sel.slice(step[0].length)}` };
}

function withVersion(document: XmlDocument, version: number | null): XmlDocument {
  const attribute = document.root.attributes.find(({ name, namespace }) => name === "version" && namespace === "");
  if (version === null || attribute === undefined) return document;
  return splicedDocument(document, attribute.valueStart, attribute.valueEnd, `${version}`);
}

export const PATCH_ERROR_TYPE = "application/patch-ops-error+xml";

/** Why a patch was refused, for the body of the answer (RFC 5261 §5.1); null where no operation was the reason. */
export function patchErrorBody({ cause }: PresenceProblem): string | null {
  if (!(cause instanceof PatchProblem)) return null;
  const reason = `<${cause.element} phrase="${escapeXml(cause.message)}"/>`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<patch-ops-error xmlns="urn:ietf:params:xml:ns:patch-ops-error">${reason}</patch-ops-error>\n`;
}

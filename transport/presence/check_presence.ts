import { detached } from "../../foundation/mod.ts";
import { xmlAttribute, type XmlDocument, type XmlElement, xmlTrim } from "../xml/mod.ts";
import { type CheckedComponent, ComponentChecker } from "./check_component.ts";
import { DATA_MODEL_NAMESPACE, PIDF_DIFF_NAMESPACE, PIDF_NAMESPACE } from "./names.ts";
import type { ComponentKind } from "./presence_component.ts";
import { placeIn, PRESENCE_LIMITS, PresenceProblem } from "./presence_problem.ts";

/** A presence document that can be read. It stands on the XML: to be read at once, or let go of. */
export interface CheckedPresence {
  readonly document: XmlDocument;
  /** See `PresenceDocument`. */
  readonly entity: string;
  readonly version: number | null;
  /** The root is `pidf-full`, not `presence`. */
  readonly isFull: boolean;
  readonly components: readonly CheckedComponent[];
  readonly notes: readonly XmlElement[];
  readonly others: readonly XmlElement[];
}

/**
 * Finds out whether a presence document (RFC 3863, 4479) is as it must be, which costs a third of reading it. What is needed to
 * compose and filter must be right: the root, ids, `status` and `basic`, timestamps, deviceIDs of devices. The order of elements
 * and the values of extensions are taken as they are (RFC 4479 §5). Throws PresenceProblem.
 */
export function checkPresence(document: XmlDocument): CheckedPresence {
  const { root, text } = document;
  const isFull = root.name === "pidf-full" && root.namespace === PIDF_DIFF_NAMESPACE;
  if (!isFull && (root.name !== "presence" || root.namespace !== PIDF_NAMESPACE)) {
    throw new PresenceProblem(
      "invalid",
      `${placeIn(text, root.start)}: the root is {${root.namespace}}${root.name}; allowed: presence, pidf-full`,
    );
  }
  const checker = new ComponentChecker(text);
  const components: CheckedComponent[] = [];
  const notes: XmlElement[] = [], others: XmlElement[] = [];
  for (const element of root.children) {
    const kind = kindOf(element);
    if (kind !== null) {
      if (components.length === PRESENCE_LIMITS.components) {
        const most = `more than ${PRESENCE_LIMITS.components} tuples, persons and devices`;
        throw new PresenceProblem("too-large", `${placeIn(text, element.start)}: ${most}`);
      }
      components.push(checker.check(kind, element));
    } else if (element.name === "note" && element.namespace === PIDF_NAMESPACE) notes.push(element);
    else others.push(element);
  }
  if (others.length > PRESENCE_LIMITS.attributes || notes.length > PRESENCE_LIMITS.attributes) {
    const most = `more than ${PRESENCE_LIMITS.attributes} notes or other elements in ${root.name}`;
    throw new PresenceProblem("too-large", `${placeIn(text, root.start)}: ${most}`);
  }
  return {
    document,
    entity: detached(xmlTrim(xmlAttribute(root, "entity") ?? "")),
    version: isFull ? versionOf(document) : null,
    isFull,
    components,
    notes,
    others,
  };
}

/** The `version` of a root of RFC 5262; null where it has none. Throws PresenceProblem where it is no unsignedInt. */
export function versionOf({ root, text }: XmlDocument): number | null {
  const written = xmlAttribute(root, "version");
  if (written === undefined) return null;
  const version = /^\s*\+?[0-9]{1,10}\s*$/.test(written) ? Number(written) : NaN;
  if (version <= 0xffff_ffff) return version;
  const shown = written.slice(0, 40);
  throw new PresenceProblem("diff", `${placeIn(text, root.start)}: version "${shown}" is no number up to 4294967295`);
}

function kindOf({ name, namespace }: XmlElement): ComponentKind | null {
  if (namespace === PIDF_NAMESPACE) return name === "tuple" ? name : null;
  return namespace === DATA_MODEL_NAMESPACE && (name === "person" || name === "device") ? name : null;
}

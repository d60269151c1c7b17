import { detached } from "../../foundation/mod.ts";
import {
  parseXml,
  parseXmlOctets,
  xmlAttribute,
  type XmlDocument,
  type XmlElement,
  type XmlLimits,
  XmlProblem,
  xmlTrim,
} from "../xml/mod.ts";
import { permitOf } from "./attribute_kind.ts";
import { DATA_MODEL_NAMESPACE, PIDF_DIFF_NAMESPACE, PIDF_NAMESPACE } from "./names.ts";
import { OwnText } from "./own_text.ts";
import type { ComponentKind, PresenceAttribute, PresenceComponent } from "./presence_component.ts";
import { placeIn, PRESENCE_LIMITS, PresenceProblem } from "./presence_problem.ts";
import { ComponentReader } from "./read_component.ts";

/** What one document says, in parts that can be composed with those of others. */
export interface PresenceDocument {
  /** The presentity's URI; "" where the document leaves it out. */
  readonly entity: string;
  readonly components: readonly PresenceComponent[];
  /** Notes of the presentity (RFC 3863 §4.1.6; for RFC 4479 §5 those of the persons that have none). */
  readonly notes: readonly PresenceAttribute[];
  /** Other elements that stand in `presence` itself. */
  readonly others: readonly PresenceAttribute[];
  /** Of `pidf-full` (RFC 5262 §3.1); null for none. */
  readonly version: number | null;
  /**
   * The document itself where it is a `pidf-full`: what a `pidf-diff` is applied to. Null for `presence`, whose publisher sends
   * no diffs (RFC 5264 §4.2).
   */
  readonly xml: XmlDocument | null;
}

/** Reads octets of `application/pidf+xml`, or of a `pidf-full`. `salt` as of `readPresence`. Throws PresenceProblem. */
export function parsePresence(body: Uint8Array | string, salt = ""): PresenceDocument {
  return readPresence(parsePresenceXml(body), salt);
}

/** The document, within the limits of presence or those given. Throws PresenceProblem. */
export function parsePresenceXml(body: Uint8Array | string, limits: XmlLimits = PRESENCE_LIMITS.xml): XmlDocument {
  try {
    return typeof body === "string" ? parseXml(body, limits) : parseXmlOctets(body, limits);
  } catch (error) {
    if (!(error instanceof XmlProblem)) throw error;
    throw new PresenceProblem(error.kind === "too-large" ? "too-large" : "not-xml", error.message, { cause: error });
  }
}

/**
 * Reads a presence document (RFC 3863, 4479). What is needed to compose and filter must be right: the root, ids, `status` and
 * `basic`, timestamps, deviceIDs of devices. The order of elements and the values of extensions are taken as they are (RFC 4479
 * §5), and elements that nobody here knows are kept. `salt` is a secret of the service, always the same, from which the ids that
 * watchers see are made. Throws PresenceProblem.
 */
export function readPresence(document: XmlDocument, salt = ""): PresenceDocument {
  const { root, text } = document;
  const isFull = root.name === "pidf-full" && root.namespace === PIDF_DIFF_NAMESPACE;
  if (!isFull && (root.name !== "presence" || root.namespace !== PIDF_NAMESPACE)) {
    throw new PresenceProblem(
      "invalid",
      `${placeIn(text, root.start)}: the root is {${root.namespace}}${root.name}; allowed: presence, pidf-full`,
    );
  }
  const reader = new ComponentReader(text, salt);
  const own = new OwnText(text);
  const components: PresenceComponent[] = [];
  const notes: PresenceAttribute[] = [], others: PresenceAttribute[] = [];
  for (const element of root.children) {
    const kind = kindOf(element);
    if (kind !== null) {
      if (components.length === PRESENCE_LIMITS.components) {
        const most = `more than ${PRESENCE_LIMITS.components} tuples, persons and devices`;
        throw new PresenceProblem("too-large", `${placeIn(text, element.start)}: ${most}`);
      }
      components.push(reader.read(kind, element));
    } else {
      const isNote = element.name === "note" && element.namespace === PIDF_NAMESPACE;
      (isNote ? notes : others).push(besideComponents(own, element));
    }
  }
  if (others.length > PRESENCE_LIMITS.attributes || notes.length > PRESENCE_LIMITS.attributes) {
    const most = `more than ${PRESENCE_LIMITS.attributes} notes or other elements in ${root.name}`;
    throw new PresenceProblem("too-large", `${placeIn(text, root.start)}: ${most}`);
  }
  return {
    entity: detached(xmlTrim(xmlAttribute(root, "entity") ?? "")),
    components,
    notes,
    others,
    version: isFull ? versionOf(document) : null,
    xml: isFull ? document : null,
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

function besideComponents(own: OwnText, element: XmlElement): PresenceAttribute {
  const { namespace, name } = element;
  own.write(element);
  const permit = permitOf("person", namespace, name);
  const { text, bits } = own;
  return { namespace, name, text: detached(text), bits, inStatus: false, permit, until: Infinity };
}

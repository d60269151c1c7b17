import { detached } from "../../foundation/mod.ts";
import { parseXml, parseXmlOctets, type XmlDocument, type XmlElement, type XmlLimits, XmlProblem } from "../xml/mod.ts";
import { permitOf } from "./attribute_kind.ts";
import { type CheckedPresence, checkPresence } from "./check_presence.ts";
import { OwnText } from "./own_text.ts";
import type { PresenceAttribute, PresenceComponent } from "./presence_component.ts";
import { PRESENCE_LIMITS, PresenceProblem } from "./presence_problem.ts";
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
 * Reads a presence document that `checkPresence` takes; elements that nobody here knows are kept. `salt` is a secret of the service,
 * always the same, from which the ids that watchers see are made. Throws PresenceProblem.
 */
export function readPresence(document: XmlDocument, salt = ""): PresenceDocument {
  return readChecked(checkPresence(document), salt);
}

/** The second half of `readPresence`. */
export function readChecked(checked: CheckedPresence, salt: string): PresenceDocument {
  const { document, entity, version, isFull } = checked;
  const reader = new ComponentReader(document.text, salt);
  const own = new OwnText(document.text);
  return {
    entity,
    components: checked.components.map((component) => reader.read(component)),
    notes: checked.notes.map((note) => besideComponents(own, note)),
    others: checked.others.map((other) => besideComponents(own, other)),
    version,
    xml: isFull ? document : null,
  };
}

function besideComponents(own: OwnText, element: XmlElement): PresenceAttribute {
  const { namespace, name } = element;
  own.write(element);
  const permit = permitOf("person", namespace, name);
  const { text, bits } = own;
  return { namespace, name, text: detached(text), bits, inStatus: false, permit, until: Infinity };
}

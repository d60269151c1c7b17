import { basicOf, type PresenceDocument } from "../../../transport/presence/mod.ts";

/** Octets, as measured: of a document, of each of its components and their attributes; and of each part of XML that is kept. */
const DOCUMENT = 400, COMPONENT = 600, ATTRIBUTE = 160, PART = 330;

/** A published document, parsed, with what is asked of it again and again. */
export class PublishedDocument {
  readonly presence: PresenceDocument;
  /** Octets of memory, roughly. */
  readonly cost: number;
  /** Of those of its services that say: whether one is open; null where none says. */
  readonly isOpen: boolean | null;

  constructor(presence: PresenceDocument) {
    this.presence = presence;
    let cost = DOCUMENT, isOpen: boolean | null = null;
    for (const component of presence.components) {
      cost += COMPONENT + component.content.length + component.attributes.length * ATTRIBUTE;
      const basic = basicOf(component);
      if (basic !== null) isOpen = isOpen === true || basic === "open";
    }
    // A pidf-full stays as XML, for the diffs that follow.
    const { xml } = presence;
    if (xml !== null) cost += 2 * xml.text.length + PART * xml.parts;
    this.cost = cost;
    this.isOpen = isOpen;
  }
}

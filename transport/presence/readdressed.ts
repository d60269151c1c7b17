import { escapeXml } from "../xml/mod.ts";
import { identityAt, idOf } from "./identity.ts";
import { PIDF_NAMESPACE } from "./names.ts";
import { type PresenceComponent, withAttributes } from "./presence_component.ts";
import type { PresenceDocument } from "./read_presence.ts";

/**
 * What a document says, said of somebody else: every tuple of its presentity's address is at that other address. What is the same for
 * thousands of users is so written and read once. `salt` as of `readPresence`, the same with which the document was read.
 */
export function readdressed(document: PresenceDocument, entity: string, salt: string): PresenceDocument {
  const components = document.components.map((one) =>
    one.kind === "tuple" && one.contact === document.entity ? moved(one, entity, salt) : one
  );
  return { ...document, entity, components };
}

function moved(component: PresenceComponent, contact: string, salt: string): PresenceComponent {
  const identity = identityAt(component.identity, contact);
  const text = `<contact>${escapeXml(contact)}</contact>`;
  const attributes = component.attributes.map((one) =>
    one.name === "contact" && one.namespace === PIDF_NAMESPACE ? { ...one, text } : one
  );
  return { ...withAttributes(component, attributes), identity, id: idOf("tuple", identity, salt), contact };
}

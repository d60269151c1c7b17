import { xmlAttribute, xmlChildren, type XmlDocument } from "../../../transport/xml/mod.ts";
import { isTrue, textOfChild } from "./breach.ts";
import { NS } from "./identifiers.ts";
import { foldedAddress } from "./references.ts";

/** A text that a user has ready (USE-10). */
export interface QuickAnswer {
  readonly id: string;
  readonly text: string;
}

/** In the order that they say; those that say none stand behind, as the document has them. */
export function readQuickAnswers(document: XmlDocument): QuickAnswer[] {
  const answers = xmlChildren(document.root, NS.quickAnswers, "quick-answer").map((answer) => ({
    order: Number(xmlAttribute(answer, "order") ?? Infinity),
    id: xmlAttribute(answer, "id") ?? "",
    text: answer.children[0]?.text.trim() ?? "",
  }));
  answers.sort((one, other) => one.order === other.order ? 0 : one.order - other.order);
  return answers.map(({ id, text }) => ({ id, text }));
}

/** A request to be added to a contact list that waits for its answer (GM-5). */
export interface ContactRequest {
  readonly id: string;
  /** Folded: who asks, or who is asked. */
  readonly aor: string;
  readonly direction: "incoming" | "outgoing";
  /** Milliseconds since 1970. */
  readonly requestedAt: number;
  readonly displayName: string;
  readonly message: string;
}

export function readContactRequests(document: XmlDocument): ContactRequest[] {
  const ns = NS.contactRequests;
  return xmlChildren(document.root, ns, "contact-request").map((request) => ({
    id: xmlAttribute(request, "id") ?? "",
    aor: foldedAddress(xmlAttribute(request, "uri") ?? ""),
    direction: xmlAttribute(request, "direction") === "outgoing" ? "outgoing" : "incoming",
    requestedAt: Date.parse(xmlAttribute(request, "requested") ?? ""),
    displayName: textOfChild(request, ns, "display-name") ?? "",
    message: textOfChild(request, ns, "message") ?? "",
  }));
}

/** What a user keeps from others (UPROF-2, PRI-13, PRI-17). */
export interface Privacy {
  /** Found in searches by telephone number. */
  readonly searchableByNumber: boolean;
  /** Others see the status. */
  readonly showStatus: boolean;
  readonly locatable: boolean;
  /** Shown as offline. */
  readonly invisible: boolean;
  /** Who adds this user to a contact list needs the user's word first. */
  readonly addContactAuthorisation: boolean;
  /** Messages come from contacts alone. */
  readonly contactsOnly: boolean;
  /** Who is blocked is not told. */
  readonly politeBlock: boolean;
}

/** The most restrictive ones, as UPROF-2 has them; the operator may have others (UPROF-3). */
export const DEFAULT_PRIVACY: Privacy = {
  searchableByNumber: false,
  showStatus: false,
  locatable: false,
  invisible: false,
  addContactAuthorisation: true,
  contactsOnly: false,
  politeBlock: false,
};

const PRIVACY_NAMES: Readonly<Record<keyof Privacy, string>> = {
  searchableByNumber: "searchable-by-number",
  showStatus: "show-status",
  locatable: "locatable",
  invisible: "invisible",
  addContactAuthorisation: "add-contact-authorisation",
  contactsOnly: "contacts-only",
  politeBlock: "polite-block",
};

/** A user's settings: those of the document, and for what it leaves out the defaults. */
export function readPrivacy(document: XmlDocument | null, defaults: Privacy = DEFAULT_PRIVACY): Privacy {
  return document === null ? defaults : { ...defaults, ...statedPrivacy(document) };
}

/** What a document says of the user's settings; what it leaves out is left to the operator. */
export function statedPrivacy(document: XmlDocument): Partial<Privacy> {
  const stated: { -readonly [K in keyof Privacy]?: boolean } = {};
  for (const flag of Object.keys(PRIVACY_NAMES) as (keyof Privacy)[]) {
    const text = textOfChild(document.root, NS.privacy, PRIVACY_NAMES[flag]);
    if (text !== undefined) stated[flag] = isTrue(text);
  }
  return stated;
}

/** The document that says these settings. */
export function privacyDocument(privacy: Privacy): string {
  let text = `<?xml version="1.0" encoding="UTF-8"?>\n<privacy xmlns="${NS.privacy}">\n`;
  for (const flag of Object.keys(PRIVACY_NAMES) as (keyof Privacy)[]) {
    text += `  <${PRIVACY_NAMES[flag]}>${privacy[flag]}</${PRIVACY_NAMES[flag]}>\n`;
  }
  return `${text}</privacy>\n`;
}

import { xmlAttribute, xmlChild, xmlTrim } from "../xml/mod.ts";
import { readXmlBody, xmlChildText, xmlDocument, xmlMarkup } from "./xml_body.ts";
import { strictXml, type XmlReader } from "./xml_reader.ts";

export const IMDN_TYPE = "message/imdn+xml";

/** The namespace of the XML body. */
export const IMDN_NAMESPACE = "urn:ietf:params:xml:ns:imdn";

const XML_NAMESPACE = "http://www.w3.org/XML/1998/namespace";

/** What became of a message (RFC 5438 §5). */
export type Disposition =
  | { readonly kind: "delivery"; readonly status: "delivered" | "failed" | "forbidden" | "error" }
  | { readonly kind: "processing"; readonly status: "processed" | "stored" | "forbidden" | "error" }
  | { readonly kind: "display"; readonly status: "displayed" | "forbidden" | "error" };

/** Every status of every kind. */
export const DISPOSITIONS: Readonly<Record<Disposition["kind"], readonly string[]>> = {
  delivery: ["delivered", "failed", "forbidden", "error"],
  processing: ["processed", "stored", "forbidden", "error"],
  display: ["displayed", "forbidden", "error"],
};

/** One notification (RFC 5438 §11). */
export interface Imdn {
  /** Message-ID of the message that it is about. */
  readonly messageId: string;
  /** When that message was sent, as its DateTime said. */
  readonly dateTime: string;
  readonly recipientUri?: string;
  /** What its Original-To said. */
  readonly originalRecipientUri?: string;
  readonly subject?: { readonly text: string; readonly lang?: string };
  readonly disposition: Disposition;
}

/** Reads a `message/imdn+xml` body. Throws SyntaxError when it is none. */
export function parseImdn(body: Uint8Array, xml: XmlReader = strictXml): Imdn {
  const root = readXmlBody(body, xml);
  if (root.name !== "imdn" || root.namespace !== IMDN_NAMESPACE) throw new SyntaxError("not an imdn document");
  const text = (name: string) => xmlChildText(root, IMDN_NAMESPACE, name);
  const messageId = text("message-id");
  if (!messageId) throw new SyntaxError("an imdn document without a message-id");
  const recipientUri = text("recipient-uri");
  const originalRecipientUri = text("original-recipient-uri");
  const subject = xmlChild(root, IMDN_NAMESPACE, "subject");
  const lang = subject && xmlAttribute(subject, "lang", XML_NAMESPACE);
  for (const kind of Object.keys(DISPOSITIONS) as Disposition["kind"][]) {
    const notification = xmlChild(root, IMDN_NAMESPACE, `${kind}-notification`);
    const status = notification && xmlChild(notification, IMDN_NAMESPACE, "status");
    const word = status?.children.find((child) =>
      child.namespace === IMDN_NAMESPACE && DISPOSITIONS[kind].includes(child.name)
    );
    if (word === undefined) continue;
    return {
      messageId,
      dateTime: text("datetime") ?? "",
      ...(recipientUri && { recipientUri }),
      ...(originalRecipientUri && { originalRecipientUri }),
      ...(subject && { subject: { text: xmlTrim(subject.text), ...(lang && { lang }) } }),
      disposition: { kind, status: word.name } as Disposition,
    };
  }
  throw new SyntaxError("an imdn document without a status that is known");
}

/** Writes a `message/imdn+xml` body. */
export function writeImdn(imdn: Imdn): Uint8Array {
  const { kind, status } = imdn.disposition;
  const { subject } = imdn;
  const leaf = (name: string, text: string | undefined) => text === undefined ? undefined : xmlMarkup(name, {}, text);
  return xmlDocument(xmlMarkup(
    "imdn",
    { xmlns: IMDN_NAMESPACE },
    xmlMarkup("message-id", {}, imdn.messageId),
    xmlMarkup("datetime", {}, imdn.dateTime),
    leaf("recipient-uri", imdn.recipientUri),
    leaf("original-recipient-uri", imdn.originalRecipientUri),
    subject && xmlMarkup("subject", { "xml:lang": subject.lang }, subject.text),
    xmlMarkup(`${kind}-notification`, {}, xmlMarkup("status", {}, xmlMarkup(status, {}))),
  ));
}

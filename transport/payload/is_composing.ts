import { digits } from "./digits.ts";
import { readXmlBody, xmlChildText, xmlDocument, xmlMarkup } from "./xml_body.ts";
import { strictXml, type XmlReader } from "./xml_reader.ts";

export const IS_COMPOSING_TYPE = "application/im-iscomposing+xml";
export const IS_COMPOSING_NAMESPACE = "urn:ietf:params:xml:ns:im-iscomposing";

/** Whether somebody writes (RFC 3994 §3). */
export type ComposingState = "active" | "idle";

/** One status message. */
export interface IsComposing {
  /** Words of extensions are read as `idle` (§3.5). */
  readonly state: ComposingState;
  /** When something was written last, as xs:dateTime. */
  readonly lastActive?: string;
  /** `text/plain`, or only `audio`. */
  readonly contentType?: string;
  /** Seconds until the next one may be expected. */
  readonly refresh_s?: number;
}

/** Reads a body. A `refresh` that is no number counts as absent. Throws SyntaxError when it is none. */
export function parseIsComposing(body: Uint8Array, xml: XmlReader = strictXml): IsComposing {
  const root = readXmlBody(body, xml);
  if (root.name !== "isComposing" || root.namespace !== IS_COMPOSING_NAMESPACE) {
    throw new SyntaxError("not an isComposing document");
  }
  const text = (name: string) => xmlChildText(root, IS_COMPOSING_NAMESPACE, name);
  const state = text("state");
  if (state === undefined) throw new SyntaxError("an isComposing document without a state");
  const lastActive = text("lastactive");
  const contentType = text("contenttype");
  const refresh_s = digits(text("refresh") ?? "", 86_400);
  return {
    state: state === "active" ? "active" : "idle",
    ...(lastActive && { lastActive }),
    ...(contentType && { contentType }),
    ...(refresh_s > 0 && { refresh_s }),
  };
}

/** Writes a body, its elements in the order of the schema (§6.1). */
export function writeIsComposing(status: IsComposing): Uint8Array {
  const leaf = (name: string, text: string | undefined) => text === undefined ? undefined : xmlMarkup(name, {}, text);
  return xmlDocument(xmlMarkup(
    "isComposing",
    { xmlns: IS_COMPOSING_NAMESPACE },
    xmlMarkup("state", {}, status.state),
    leaf("lastactive", status.lastActive),
    leaf("contenttype", status.contentType),
    leaf("refresh", status.refresh_s?.toString()),
  ));
}

import { parseXml, type XmlElement, XmlProblem } from "../xml/mod.ts";

/** Reads a document and gives its root. Throws SyntaxError for what is not well-formed, has a DOCTYPE, or is over a limit. */
export interface XmlReader {
  read(text: string): XmlElement;
}

/** Our own: small bodies, strictly. */
export const strictXml: XmlReader = {
  read: (text) => {
    try {
      return parseXml(text).root;
    } catch (error) {
      throw error instanceof XmlProblem ? new SyntaxError(`XML: ${error.message}`) : error;
    }
  },
};

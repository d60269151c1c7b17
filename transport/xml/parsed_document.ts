import type { DocumentLayout } from "./document_layout.ts";
import { PlacedElement } from "./placed_element.ts";
import type { XmlDocument } from "./xml_node.ts";

/** The one implementation of `XmlDocument`. */
export class ParsedDocument implements XmlDocument {
  readonly layout: DocumentLayout;
  readonly root: PlacedElement;

  constructor(layout: DocumentLayout) {
    this.layout = layout;
    this.root = new PlacedElement(null, layout.root, layout.rootStart, layout.text);
  }

  get text(): string {
    return this.layout.text;
  }

  get prologEnd(): number {
    return this.layout.prologEnd;
  }

  get parts(): number {
    return this.layout.root.parts;
  }
}

import { type DocumentLayout, layoutOf } from "./document_layout.ts";
import { PlacedElement } from "./placed_element.ts";
import { splicedLayout } from "./splice.ts";
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

  spliced(start: number, end: number, insert: string): XmlDocument {
    const { text, limits } = this.layout;
    if (!(start >= 0 && start <= end && end <= text.length)) {
      throw new RangeError(`a cut from ${start} to ${end} of ${text.length} characters`);
    }
    const cut = { start, end, insert };
    return new ParsedDocument(
      splicedLayout(this.layout, cut) ?? layoutOf(text.slice(0, start) + insert + text.slice(end), limits),
    );
  }
}

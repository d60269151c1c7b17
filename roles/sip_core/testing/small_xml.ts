/** An element as tests look at it. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** Character data directly inside, trimmed when there are children. */
  readonly text: string;
}

const TAG = /<(\/?)([\w:.-]+)((?:\s+[\w:.-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/y;

/** Reads the XML that we write: elements, attributes, text, the five entities. Throws for anything that is not well formed. */
export function parseXml(source: string): XmlElement {
  const text = source.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\s*/, "");
  if (text === source) throw new SyntaxError("no XML declaration");
  const top: { name: string; attributes: Record<string, string>; children: XmlElement[]; text: string }[] = [
    { name: "", attributes: {}, children: [], text: "" },
  ];
  TAG.lastIndex = 0;
  for (let match = TAG.exec(text); match !== null; match = TAG.exec(text)) {
    const [whole, close, name, attributes, empty, data] = match;
    const open = top[top.length - 1];
    if (data !== undefined) open.text += plain(data);
    else if (close === "/") {
      if (open.name !== name || top.length === 1) throw new SyntaxError(`${whole} does not close <${open.name}>`);
      top.pop();
    } else {
      const element = { name, attributes: attributesOf(attributes), children: [], text: "" };
      open.children.push(element);
      if (empty !== "/") top.push(element);
    }
    if (TAG.lastIndex === text.length) break;
  }
  if (TAG.lastIndex !== text.length) throw new SyntaxError("not well formed");
  if (top.length !== 1 || top[0].children.length !== 1) throw new SyntaxError("not one root element");
  return top[0].children[0];
}

function attributesOf(text: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, name, value] of text.matchAll(/\s+([\w:.-]+)="([^"<]*)"/g)) {
    if (name in attributes) throw new SyntaxError(`${name} twice`);
    attributes[name] = plain(value);
  }
  return attributes;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function plain(text: string): string {
  return text.replace(/&(\w*);?/g, (entity, name) => {
    if (!entity.endsWith(";") || !(name in ENTITIES)) throw new SyntaxError(`entity ${entity}`);
    return ENTITIES[name];
  });
}

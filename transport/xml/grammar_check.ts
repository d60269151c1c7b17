import { ContentMatcher, isLetIn, type Leaf } from "./content_matcher.ts";
import type { AttributeShape, ElementShape } from "./element_shape.ts";
import type { AttributeType, Grammar, GrammarBreach, SimpleType } from "./grammar.ts";
import { type ElementModel, type GrammarModel, modelOf } from "./grammar_model.ts";
import { ParsedDocument } from "./parsed_document.ts";
import { ownText, type PlacedElement, valueOf } from "./placed_element.ts";
import { Q_NAME } from "./simple_types.ts";
import { namespaceOf } from "./xml_access.ts";
import type { XmlDocument } from "./xml_node.ts";
import { xmlCollapsed } from "./xml_text.ts";

const XSI = "http://www.w3.org/2001/XMLSchema-instance";

/**
 * The first place, in document order, where a document breaks a grammar; null where it fits. Takes time linear in the document;
 * elements that fitted in an earlier version of it and were not touched since are not looked at again. Throws TypeError for a
 * document that parseXml did not make.
 *
 * Of xsi's attributes (XML Schema Part 1 §2.6), schemaLocation and noNamespaceSchemaLocation may stand everywhere; xsi:type must
 * be a name whose prefix is declared, and the element must be of the type that it has here all the same; no element is nillable,
 * so xsi:nil may not stand on one that the grammar knows. Elements that a lax wildcard lets in and the grammar does not know may
 * hold anything; elements in them that it knows are checked.
 */
export function checkGrammar(document: XmlDocument, grammar: Grammar): GrammarBreach | null {
  if (!(document instanceof ParsedDocument)) throw new TypeError("a document that parseXml did not make");
  return new Check(document, grammar).breach();
}

/** An element whose children are being looked at. */
interface Level {
  shape: ElementShape;
  model: ElementModel;
  /** Where its content stands. */
  content: number;
  /** The child to look at next. */
  next: number;
  /** The particle that the last child was, and the model that it led to. */
  leaf: Leaf | null;
  leafModel: ElementModel | null;
  readonly matcher: ContentMatcher;
}

class Check {
  readonly #document: ParsedDocument;
  readonly #grammar: Grammar;
  readonly #model: GrammarModel;
  readonly #levels: Level[] = [];
  #depth = 0;

  constructor(document: ParsedDocument, grammar: Grammar) {
    this.#document = document;
    this.#grammar = grammar;
    this.#model = modelOf(grammar);
  }

  breach(): GrammarBreach | null {
    const { root, rootStart } = this.#document.layout;
    const model = this.#model.root(root.namespace, root.name.local);
    if (model === null) {
      const allowed = this.#grammar.roots.map((type) => expanded(type.namespace, type.name)).join(", ");
      const found = expanded(root.namespace, root.name.local);
      return { element: this.#document.root, attribute: null, message: `the root is ${found}; allowed: ${allowed}` };
    }
    let breach = this.#enter(root, rootStart, model);
    while (breach === null && this.#depth > 0) {
      const level = this.#levels[this.#depth - 1];
      breach = level.next < level.shape.children.length ? this.#child(level) : this.#leave(level);
    }
    return breach;
  }

  /** Checks all but the children; puts the element on the stack where these are to be looked at. */
  #enter(shape: ElementShape, start: number, model: ElementModel): GrammarBreach | null {
    if (shape.fits === model) return null;
    const { content } = model;
    const breach = model.known ? this.#attributes(shape, start, model) : null;
    if (breach !== null) return breach;
    if (content.kind === "elements") {
      if (!content.mixed && !shape.blank) return this.#here(shape, null, "text may not stand here");
      this.#push(shape, start, model);
      return null;
    }
    if (content.kind !== "any" && shape.children.length > 0) {
      return this.#here(shape, null, `${shape.children[0].name.written} may not stand in it; no element may`);
    }
    if (content.kind === "text") {
      const fault = faultOf(content.type, ownText(this.#document.text, shape, start + shape.head));
      if (fault !== null) return this.#here(shape, null, fault);
    } else if (content.kind === "empty" && !shape.blank) {
      return this.#here(shape, null, "text may not stand in it; it is empty");
    }
    shape.fits = model;
    return null;
  }

  #push(shape: ElementShape, start: number, model: ElementModel): void {
    let level = this.#levels[this.#depth];
    const content = start + shape.head;
    if (level === undefined) {
      this.#levels.push(
        level = { shape, model, content, next: 0, leaf: null, leafModel: null, matcher: new ContentMatcher() },
      );
    } else {
      level.shape = shape;
      level.model = model;
      level.content = content;
      level.next = 0;
      level.leaf = null;
    }
    this.#depth++;
    level.matcher.begin(model.group, shape.namespace);
  }

  #child(level: Level): GrammarBreach | null {
    const index = level.next++;
    const child = level.shape.children[index];
    const leaf = level.matcher.next(child.namespace, child.name.local);
    if (leaf === null) return this.#misplaced(level, index);
    let model: ElementModel | null;
    if (leaf === level.leaf) model = level.leafModel!;
    else if (leaf.kind === "element") {
      model = this.#model.of(leaf.type);
      level.leaf = leaf;
      level.leafModel = model;
    } else if (leaf.wildcard.process === "skip") return null;
    else {
      model = this.#model.global(child.namespace, child.name.local);
      if (model === null && leaf.wildcard.process === "strict") {
        return this.#at(child, null, "an element that is not known here", this.#placed().children[index]);
      }
      model ??= this.#model.unknown;
    }
    return this.#enter(child, level.content + level.shape.starts[index], model);
  }

  #leave(level: Level): GrammarBreach | null {
    if (!level.matcher.complete) {
      const allowed = this.#names(level, level.matcher.allowed);
      return this.#at(level.shape, null, `something is missing at its end; expected: ${allowed}`, this.#placed());
    }
    level.shape.fits = level.model;
    this.#depth--;
    return null;
  }

  #attributes(shape: ElementShape, start: number, model: ElementModel): GrammarBreach | null {
    const { attributes, moreAttributes } = model.type;
    const { text } = this.#document;
    for (const attribute of shape.attributes) {
      const { local } = attribute.name;
      const type = typeNamed(attributes, attribute.namespace, local);
      if (type !== null) {
        const fault = faultOf(type.type, valueOf(text, start, attribute));
        if (fault !== null) return this.#here(shape, attribute, `attribute ${attribute.name.written}: ${fault}`);
      } else if (attribute.namespace === XSI) {
        const fault = this.#instanceFault(shape, local, valueOf(text, start, attribute));
        if (fault !== null) return this.#here(shape, attribute, `attribute ${attribute.name.written}: ${fault}`);
      } else if (moreAttributes === null || !isLetIn(moreAttributes, attribute.namespace, shape.namespace)) {
        const allowed = attributes.map(({ name, namespace }) => expanded(namespace, name)).join(", ") || "none";
        return this.#here(
          shape,
          attribute,
          `attribute ${attribute.name.written} may not stand here; allowed: ${allowed}`,
        );
      }
    }
    for (const { name, namespace } of model.required) {
      if (!shape.attributes.some((given) => given.name.local === name && given.namespace === namespace)) {
        return this.#here(shape, null, `attribute ${expanded(namespace, name)} is required`);
      }
    }
    return null;
  }

  #instanceFault(shape: ElementShape, name: string, value: string): string | null {
    switch (name) {
      case "schemaLocation":
      case "noNamespaceSchemaLocation":
        return null;
      case "nil":
        return "the element must have content";
      case "type": {
        const type = xmlCollapsed(value);
        const fault = Q_NAME.breach(type);
        if (fault !== null) return fault;
        const prefix = type.slice(0, Math.max(type.indexOf(":"), 0));
        const declared = namespaceOf(this.#entering(shape), prefix) !== undefined;
        return declared ? null : `the prefix ${prefix} is not declared`;
      }
      default:
        return "there is no such attribute";
    }
  }

  /** The innermost element on the stack, placed. */
  #placed(): PlacedElement {
    let element = this.#document.root;
    for (let i = 0; i < this.#depth - 1; i++) element = element.children[this.#levels[i].next - 1];
    return element;
  }

  /** The element that is being entered, placed. */
  #entering(shape: ElementShape): PlacedElement {
    if (this.#depth === 0) return this.#document.root;
    const level = this.#levels[this.#depth - 1];
    return level.shape.children[level.next - 1] === shape ? this.#placed().children[level.next - 1] : this.#placed();
  }

  #here(shape: ElementShape, attribute: AttributeShape | null, fault: string): GrammarBreach {
    return this.#at(shape, attribute, fault, this.#entering(shape));
  }

  #at(shape: ElementShape, attribute: AttributeShape | null, fault: string, element: PlacedElement): GrammarBreach {
    const at = attribute === null ? -1 : shape.attributes.indexOf(attribute);
    return {
      element,
      attribute: at < 0 ? null : element.attributes[at],
      message: `${shape.name.written}: ${fault}`,
    };
  }

  /** Follows the children once more up to the one that broke, to say what was allowed there. */
  #misplaced(level: Level, index: number): GrammarBreach {
    const { children } = level.shape;
    level.matcher.begin(level.model.group, level.shape.namespace);
    for (let i = 0; i < index; i++) level.matcher.next(children[i].namespace, children[i].name.local);
    const where = index === 0 ? "at its beginning" : `behind ${children[index - 1].name.written}`;
    const allowed = this.#names(level, level.matcher.allowed) || "nothing";
    const fault = `${children[index].name.written} may not stand ${where}; allowed: ${allowed}`;
    return this.#at(level.shape, null, fault, this.#placed().children[index]);
  }

  #names({ shape }: Level, leaves: readonly Leaf[]): string {
    return leaves.map((leaf) => {
      if (leaf.kind === "wildcard") {
        const { namespaces } = leaf.wildcard;
        const which = typeof namespaces === "string"
          ? `${namespaces} namespace`
          : `namespace ${namespaces.join(" or ")}`;
        return `elements of ${namespaces === "other" ? "an" : ""}${which}`;
      }
      const { namespace, name } = leaf.type;
      return namespace === shape.namespace ? name : expanded(namespace, name);
    }).join(", ");
  }
}

function typeNamed(types: readonly AttributeType[], namespace: string, name: string): AttributeType | null {
  for (const type of types) if (type.name === name && type.namespace === namespace) return type;
  return null;
}

function faultOf(type: SimpleType, value: string): string | null {
  return type.breach(type.whiteSpace === "preserve" ? value : xmlCollapsed(value));
}

function expanded(namespace: string, name: string): string {
  return namespace === "" ? name : `{${namespace}}${name}`;
}

import type { AttributeType, Content, ElementType, Grammar, Particle } from "./grammar.ts";

/** An element type made ready for checking, within one grammar. */
export interface ElementModel {
  readonly type: ElementType;
  readonly content: Content;
  /** Of content `elements`: a sequence of its particle alone. */
  readonly group: Extract<Particle, { kind: "sequence" }>;
  readonly required: readonly AttributeType[];
  /** False for elements that a lax wildcard let in and nobody knows: only known ones below them are checked. */
  readonly known: boolean;
}

type TypesByName = Map<string, Map<string, ElementType>>;

/** A grammar made ready for checking. */
export class GrammarModel {
  readonly #models = new Map<ElementType, ElementModel>();
  /** By name, then by namespace. */
  readonly #globals: TypesByName = new Map();
  readonly #roots: TypesByName = new Map();
  readonly unknown: ElementModel;

  constructor(grammar: Grammar) {
    for (const type of grammar.roots) addTo(this.#roots, type);
    for (const type of [...grammar.roots, ...grammar.globals]) addTo(this.#globals, type);
    this.unknown = newModel(UNKNOWN, false);
  }

  root(namespace: string, name: string): ElementModel | null {
    const type = this.#roots.get(name)?.get(namespace);
    return type === undefined ? null : this.of(type);
  }

  global(namespace: string, name: string): ElementModel | null {
    const type = this.#globals.get(name)?.get(namespace);
    return type === undefined ? null : this.of(type);
  }

  of(type: ElementType): ElementModel {
    let model = this.#models.get(type);
    if (model === undefined) this.#models.set(type, model = newModel(type, true));
    return model;
  }
}

const models = new WeakMap<Grammar, GrammarModel>();

/** Made once for a grammar. */
export function modelOf(grammar: Grammar): GrammarModel {
  let model = models.get(grammar);
  if (model === undefined) models.set(grammar, model = new GrammarModel(grammar));
  return model;
}

const UNKNOWN: ElementType = {
  namespace: "",
  name: "",
  attributes: [],
  moreAttributes: { namespaces: "any", process: "skip" },
  content: {
    kind: "elements",
    mixed: true,
    particle: { kind: "wildcard", min: 0, max: Infinity, wildcard: { namespaces: "any", process: "lax" } },
  },
};

function newModel(type: ElementType, known: boolean): ElementModel {
  const content = typeof type.content === "function" ? type.content() : type.content;
  const parts = content.kind === "elements" ? [content.particle] : [];
  return {
    type,
    content,
    group: { kind: "sequence", min: 1, max: 1, parts },
    required: type.attributes.filter((attribute) => attribute.required),
    known,
  };
}

function addTo(types: TypesByName, type: ElementType): void {
  const named = types.get(type.name);
  if (named === undefined) types.set(type.name, new Map([[type.namespace, type]]));
  else named.set(type.namespace, type);
}

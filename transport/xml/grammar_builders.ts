import type { AttributeType, Content, ElementType, Grammar, Particle, SimpleType, Wildcard } from "./grammar.ts";

/** A part of a content model; an element type stands for itself, once. */
export type Part = Particle | ElementType;

/** The root elements, and other global elements that wildcards look up. */
export function grammar(roots: readonly ElementType[], globals: readonly ElementType[] = []): Grammar {
  return { roots, globals };
}

/**
 * An element and what it may have. `content` as a function where types are recursive: it is asked once, when a document is
 * checked for the first time.
 */
export function element(
  namespace: string,
  name: string,
  content: Content | (() => Content) = EMPTY,
  attributes: readonly AttributeType[] = [],
  moreAttributes: Wildcard | null = null,
): ElementType {
  return { namespace, name, attributes, moreAttributes, content };
}

/** An attribute: may be left out unless `required`; without a prefix unless it has a `namespace`. */
export function attribute(
  name: string,
  type: SimpleType,
  { required = false, namespace = "" }: { readonly required?: boolean; readonly namespace?: string } = {},
): AttributeType {
  return { namespace, name, required, type };
}

/** No elements, no text but white space. */
export const EMPTY: Content = { kind: "empty" };

/** Whatever is well-formed. */
export const ANYTHING: Content = { kind: "any" };

/** Text of a type and no elements. */
export function text(type: SimpleType): Content {
  return { kind: "text", type };
}

/** These parts in this order, with no text but white space. */
export function elements(...parts: readonly Part[]): Content {
  return { kind: "elements", particle: sequence(parts), mixed: false };
}

/** These parts in this order, and text between them. */
export function mixed(...parts: readonly Part[]): Content {
  return { kind: "elements", particle: sequence(parts), mixed: true };
}

export function one(part: Part): Particle {
  return times(part, 1, 1);
}

/** 0 or 1 of it. */
export function maybe(part: Part): Particle {
  return times(part, 0, 1);
}

/** 0 or more of it. */
export function many(part: Part): Particle {
  return times(part, 0, Infinity);
}

/** 1 or more of it. */
export function some(part: Part): Particle {
  return times(part, 1, Infinity);
}

/** `min` to `max` of it. Something that already has a number of its own other than once has it as a whole. */
export function times(part: Part, min: number, max: number): Particle {
  const particle = particleOf(part);
  if (particle.min === min && particle.max === max) return particle;
  if (particle.min !== 1 || particle.max !== 1 || particle.kind === "all") {
    return { kind: "sequence", min, max, parts: [particle] };
  }
  return { ...particle, min, max };
}

/** The parts in this order. */
export function sequence(parts: readonly Part[]): Particle {
  return { kind: "sequence", min: 1, max: 1, parts: parts.map(particleOf) };
}

/** One of the parts; the first that fits is taken. */
export function choice(parts: readonly Part[]): Particle {
  return { kind: "choice", min: 1, max: 1, parts: parts.map(particleOf) };
}

/** Each of the parts, in any order. */
export function all(parts: readonly Part[]): Particle {
  return { kind: "all", min: 1, max: 1, parts: parts.map(particleOf) };
}

/** One element that a wildcard allows. */
export function anyOf(wildcard: Wildcard): Particle {
  return { kind: "wildcard", min: 1, max: 1, wildcard };
}

/** Names of any other namespace, checked where they are known: what most schemas of SIMPLE leave open for extensions. */
export const OTHER_NAMESPACES: Wildcard = { namespaces: "other", process: "lax" };

function particleOf(part: Part): Particle {
  return "kind" in part ? part : { kind: "element", min: 1, max: 1, type: part };
}

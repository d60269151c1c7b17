import type { Particle, Wildcard } from "./grammar.ts";

/** A particle that stands for one element. */
export type Leaf = Extract<Particle, { kind: "element" | "wildcard" }>;
type Group = Exclude<Particle, Leaf>;

/** One occurrence of a group that has begun. */
interface Place {
  group: Group;
  /** The part we are at; -1 in a choice that is not made. */
  index: number;
  /** How often that part has come. */
  count: number;
  /** How often each part of `all` has come. */
  counts: number[] | null;
}

/**
 * Follows the children of one element through its content model. What stands next decides alone, as XML Schema's rule of unique
 * particle attribution allows; a part that can come again is taken before what follows it. So there is no backtracking, and a
 * child costs what the model is wide and deep.
 */
export class ContentMatcher {
  readonly #places: Place[] = [];
  #top = 0;
  #owner = "";
  #lastNamespace = "";
  #lastName = "";
  #lastLeaf: Leaf | null = null;
  /** Where the last step led, as long as children of one name follow each other; null where they do not. */
  #state: (Group | number)[] | null = null;
  /** Another child of the last name leads where we are: what 2,000 entries in a row cost. */
  #steady = false;

  /** Begins with an element of namespace `owner`; `model` must be a group that comes once. */
  begin(model: Group, owner: string): void {
    this.#top = -1;
    this.#owner = owner;
    this.#lastLeaf = null;
    this.#steady = false;
    this.#push(model);
  }

  /** The particle that the next child is; null where it may not stand there (and the matcher is of no use any more). */
  next(namespace: string, name: string): Leaf | null {
    const again = this.#lastLeaf !== null && name === this.#lastName && namespace === this.#lastNamespace;
    if (again && this.#steady) return this.#lastLeaf;
    const leaf = this.#step(namespace, name);
    this.#settle(again, leaf);
    this.#lastNamespace = namespace;
    this.#lastName = name;
    return this.#lastLeaf = leaf;
  }

  #step(namespace: string, name: string): Leaf | null {
    for (;;) {
      const place = this.#places[this.#top];
      const part = this.#partFor(place, namespace, name);
      if (part === null) return null;
      if (part === "over") {
        if (this.#top-- === 0) return null;
      } else if (part.kind === "element" || part.kind === "wildcard") return part;
      else this.#push(part);
    }
  }

  /** Whether the element may end here. */
  get complete(): boolean {
    for (let i = this.#top; i >= 0; i--) {
      const { group, index, count, counts } = this.#places[i];
      const { parts } = group;
      if (group.kind === "sequence") {
        for (let at = index; at < parts.length; at++) if (isDue(parts[at], at === index ? count : 0)) return false;
      } else if (group.kind === "choice") {
        if (index < 0 ? !isNullable(group) : isDue(parts[index], count)) return false;
      } else if (parts.some((part, at) => isDue(part, counts![at]))) return false;
    }
    return true;
  }

  /** What may come next: element particles and wildcards, for people. */
  get allowed(): Leaf[] {
    const found = new Set<Leaf>();
    for (let i = this.#top; i >= 0; i--) {
      const { group, index, count, counts } = this.#places[i];
      const { parts } = group;
      if (group.kind === "sequence") {
        for (let at = index; at < parts.length; at++) {
          const come = at === index ? count : 0;
          if (come < parts[at].max) firsts(parts[at], found);
          if (isDue(parts[at], come)) return [...found];
        }
      } else if (group.kind === "choice") {
        if (index < 0) firsts(group, found);
        else if (count < parts[index].max) firsts(parts[index], found);
        if (index >= 0 && isDue(parts[index], count)) break;
      } else {
        parts.forEach((part, at) => counts![at] < part.max && firsts(part, found));
        if (parts.some((part, at) => isDue(part, counts![at]))) break;
      }
    }
    return [...found];
  }

  /** A step that leads where the one before it led will do so for ever: only parts that may come without end were counted. */
  #settle(again: boolean, leaf: Leaf | null): void {
    this.#steady = false;
    const before = again ? this.#state : null;
    this.#state = null;
    if (!again || leaf === null) return;
    const state: (Group | number)[] = [];
    for (let i = 0; i <= this.#top; i++) {
      const { group, index, count } = this.#places[i];
      if (group.kind === "all") return;
      const part = group.parts[index];
      state.push(group, index, part.max === Infinity && count >= part.min ? Infinity : count);
    }
    this.#state = state;
    this.#steady = before !== null && before.length === state.length && state.every((item, i) => item === before[i]);
  }

  /** The part of a group that the next child begins, counted; "over" where the group may end before it, null where not. */
  #partFor(place: Place, namespace: string, name: string): Particle | "over" | null {
    const { group } = place;
    const { parts } = group;
    if (group.kind === "sequence") {
      for (; place.index < parts.length; place.index++, place.count = 0) {
        const part = parts[place.index];
        if (place.count < part.max && this.#begins(part, namespace, name)) {
          place.count++;
          return part;
        }
        if (isDue(part, place.count)) return null;
      }
      return "over";
    }
    if (group.kind === "choice") {
      if (place.index < 0) {
        place.index = parts.findIndex((part) => part.max > 0 && this.#begins(part, namespace, name));
        if (place.index < 0) return null;
      }
      const part = parts[place.index];
      if (place.count < part.max && this.#begins(part, namespace, name)) {
        place.count++;
        return part;
      }
      return isDue(part, place.count) ? null : "over";
    }
    const counts = place.counts!;
    for (let i = 0; i < parts.length; i++) {
      if (counts[i] < parts[i].max && this.#begins(parts[i], namespace, name)) {
        counts[i]++;
        return parts[i];
      }
    }
    return parts.some((part, i) => isDue(part, counts[i])) ? null : "over";
  }

  /** Whether an element of this name can be the first of one occurrence of a particle. */
  #begins(particle: Particle, namespace: string, name: string): boolean {
    switch (particle.kind) {
      case "element":
        return particle.type.name === name && particle.type.namespace === namespace;
      case "wildcard":
        return isLetIn(particle.wildcard, namespace, this.#owner);
      case "sequence":
        for (const part of particle.parts) {
          if (part.max > 0 && this.#begins(part, namespace, name)) return true;
          if (isDue(part, 0)) return false;
        }
        return false;
      default:
        for (const part of particle.parts) if (part.max > 0 && this.#begins(part, namespace, name)) return true;
        return false;
    }
  }

  #push(group: Group): void {
    const index = group.kind === "choice" ? -1 : 0;
    const counts = group.kind === "all" ? new Array<number>(group.parts.length).fill(0) : null;
    const place = this.#places[++this.#top];
    if (place === undefined) this.#places.push({ group, index, count: 0, counts });
    else {
      place.group = group;
      place.index = index;
      place.count = 0;
      place.counts = counts;
    }
  }
}

/** Whether a wildcard lets a namespace in; `other` is any but the owner's, and not none (XML Schema Part 1 §3.10.4). */
export function isLetIn(wildcard: Wildcard, namespace: string, owner: string): boolean {
  const { namespaces } = wildcard;
  if (namespaces === "any") return true;
  return namespaces === "other" ? namespace !== "" && namespace !== owner : namespaces.includes(namespace);
}

/** Whether a particle that has come `count` times must come again. */
function isDue(particle: Particle, count: number): boolean {
  return count < particle.min && !isNullable(particle);
}

/** Whether no element at all can be one occurrence of it. */
function isNullable(particle: Particle): boolean {
  switch (particle.kind) {
    case "element":
    case "wildcard":
      return false;
    case "choice":
      return particle.parts.length === 0 || particle.parts.some((part) => !isDue(part, 0));
    default:
      return particle.parts.every((part) => !isDue(part, 0));
  }
}

function firsts(particle: Particle, into: Set<Leaf>): void {
  if (particle.kind === "element" || particle.kind === "wildcard") {
    into.add(particle);
    return;
  }
  for (const part of particle.parts) {
    if (part.max > 0) firsts(part, into);
    if (particle.kind === "sequence" && isDue(part, 0)) return;
  }
}

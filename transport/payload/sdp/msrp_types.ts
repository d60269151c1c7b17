import type { MsrpMedia } from "./msrp_media.ts";

/** The lists of a section, as written: `*`, `text/*`, `text/plain;charset=utf-8`. */
export type TypeLists = Pick<MsrpMedia, "acceptTypes" | "acceptWrappedTypes">;

/** True where the writer of the section takes a type by itself. `essence` is lower-case: `text/plain`. */
export function acceptsType(media: TypeLists, essence: string): boolean {
  return typesCover(media.acceptTypes, essence);
}

/** True where the writer of the section takes a type inside of a container it also takes (RFC 4975 §8.6). */
export function acceptsWrappedType(media: TypeLists, essence: string): boolean {
  return typesCover(media.acceptTypes, essence) || typesCover(media.acceptWrappedTypes, essence);
}

/** True where an entry of a list covers a type; parameters of entries do not count (RFC 4975 §8.6). */
export function typesCover(entries: readonly string[], essence: string): boolean {
  return entries.some((entry) => covers(rangeOf(entry), essence));
}

/**
 * What both lists take, in the order of the first: what to answer, or what is left under a policy. Entries stand as the first
 * list has them where the second covers them, else as the narrower one of the second has them.
 */
export function intersectTypes(first: readonly string[], second: readonly string[]): string[] {
  const result: string[] = [];
  const seen = new Set<string>();
  const add = (entry: string, range: string) => {
    if (seen.has(range)) return;
    seen.add(range);
    result.push(entry);
  };
  const others = second.map((entry) => ({ entry, range: rangeOf(entry) }));
  for (const entry of first) {
    const range = rangeOf(entry);
    if (others.some((other) => covers(other.range, range))) add(entry, range);
    else if (range.endsWith("*")) {
      for (const other of others) if (covers(range, other.range)) add(other.entry, other.range);
    }
  }
  return result;
}

/** An entry without parameters, lower-case; every kind of "everything" as a star. */
function rangeOf(entry: string): string {
  const semi = entry.indexOf(";");
  const range = (semi < 0 ? entry : entry.slice(0, semi)).toLowerCase();
  return range === "*/*" ? "*" : range;
}

/** True where a range covers a type or another range. */
function covers(range: string, other: string): boolean {
  return range === "*" || range === other || (range.endsWith("/*") && other.startsWith(range.slice(0, -1)));
}

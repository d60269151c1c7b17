import { attributeLine, indexOfNamed } from "./attributes.ts";
import { type Direction, isDirection } from "./direction.ts";

/**
 * What is to become of a section's lines, done in one pass: of each name that is `set` exactly one attribute, the first of that name
 * changed where it stands, further ones taken out, appended when there was none. For up to 32 names.
 */
export class LinesEdit {
  readonly #dropped: readonly string[];
  readonly #names: string[] = [];
  readonly #values: (string | null | undefined)[] = [];

  /** `dropped`: names of attributes that go; one that is set as well is appended. */
  constructor(dropped: readonly string[] = []) {
    this.#dropped = dropped;
  }

  /** `value` null writes a flag, undefined takes the attribute out. */
  set(name: string, value: string | null | undefined): this {
    this.#names.push(name);
    this.#values.push(value);
    return this;
  }

  /**
   * The lines with all of it done. `direction`: this one and no other, placed as an attribute, and appended before all others.
   * `unconnected`: without `c=`.
   */
  done(lines: readonly string[], direction?: Direction, unconnected = false): string[] {
    const names = this.#names, values = this.#values;
    const result: string[] = [];
    // One bit a name: its line has been placed.
    let placed = 0;
    let directed = direction === undefined;
    for (const line of lines) {
      if (unconnected && line.startsWith("c=")) continue;
      if (direction !== undefined && isDirection(line)) {
        if (!directed) result.push(`a=${direction}`);
        directed = true;
        continue;
      }
      if (indexOfNamed(line, this.#dropped) >= 0) continue;
      const at = indexOfNamed(line, names);
      if (at < 0) {
        result.push(line);
        continue;
      }
      const value = values[at];
      if (value !== undefined && (placed & (1 << at)) === 0) result.push(attributeLine(names[at], value));
      placed |= 1 << at;
    }
    if (!directed) result.push(`a=${direction}`);
    for (let i = 0; i < names.length; i++) {
      const value = values[i];
      if (value !== undefined && (placed & (1 << i)) === 0) result.push(attributeLine(names[i], value));
    }
    return result;
  }
}

/**
 * Lines with exactly one `a=name`: the first of that name changed where it stands, further ones taken out, appended when
 * there was none. `value` null writes a flag.
 */
export function withAttribute(lines: readonly string[], name: string, value: string | null): string[] {
  return new LinesEdit().set(name, value).done(lines);
}

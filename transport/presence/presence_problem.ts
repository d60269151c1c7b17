import type { XmlLimits } from "../xml/mod.ts";

/** What a presence document may hold: more is refused. */
export const PRESENCE_LIMITS = {
  xml: { characters: 65_536, depth: 32, elements: 2000, attributes: 64 } satisfies XmlLimits,
  /** Tuples, persons and devices of one document, and of what is composed. */
  components: 100,
  /** Patch operations of one pidf-diff: each is found and read alone. */
  operations: 200,
  /** Presence attributes of one tuple, person or device. */
  attributes: 100,
} as const;

/**
 * A presence document that is refused. `message` says what and where (`line 3, column 7: …`), for the answer's reason.
 * `not-xml`, `invalid` and `diff` deserve a 400, `too-large` a 413.
 */
export class PresenceProblem extends SyntaxError {
  readonly kind: "not-xml" | "too-large" | "invalid" | "diff";
  constructor(kind: PresenceProblem["kind"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "PresenceProblem";
    this.kind = kind;
  }

  get status(): 400 | 413 {
    return this.kind === "too-large" ? 413 : 400;
  }
}

/** `line 3, column 7`, of a place in a text. */
export function placeIn(text: string, at: number): string {
  let line = 1, lineStart = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  for (let i = text.indexOf("\n"); i >= 0 && i < at; i = text.indexOf("\n", i + 1)) {
    line++;
    lineStart = i + 1;
  }
  return `line ${line}, column ${Math.max(at - lineStart, 0) + 1}`;
}

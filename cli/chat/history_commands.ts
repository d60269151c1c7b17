import { needed } from "./command_words.ts";

/** What a line wants of recorded conversations, and of what the service has asked. */
export type HistoryCommandLine =
  /** `on`, `off`: everything from now on, or nothing; `here`, `stop`: the conversation that lines go to. */
  | { readonly do: "record"; readonly what: "on" | "off" | "here" | "stop"; readonly name: string }
  | { readonly do: "history"; readonly what: "get" | "delete"; readonly references: readonly string[] }
  /** `list`: from that place on, 1 for the latest; `show`: what was said in the one that was listed there. */
  | { readonly do: "history"; readonly what: "list" | "show"; readonly number: number }
  /** `choice`: number, id or label of an option. `id`: of the system message; "" for the one that was shown last. */
  | { readonly do: "answer"; readonly choice: string; readonly id: string };

export const HISTORY_HELP: readonly string[] = [
  "/record on        have all you say and hear recorded by the service; /record off no longer",
  "/record here [NAME]           have this conversation recorded; /record stop no longer",
  "/history list     what is recorded, the latest first; /history list N from the N-th on; /history show N shows it",
  "/history get REFERENCE…       fetch recordings; /history delete REFERENCE… deletes them for good",
  "/answer N         answer what the service has asked",
];

export const HISTORY_NAMES = ["record", "history", "answer"] as const;
type HistoryName = typeof HISTORY_NAMES[number];

/** References of one command: what the service brings at once. */
const REFERENCES = 256;
/** Characters of a name, folders before it included. */
const NAME = 256;

export function isHistoryName(name: unknown): name is HistoryName {
  return HISTORY_NAMES.some((each) => each === name);
}

/** Reads what was typed behind `/name`. Throws SyntaxError with what is allowed. */
export function typedHistoryCommand(name: HistoryName, rest: string): HistoryCommandLine {
  switch (name) {
    case "record": {
      const [, what, called] = /^(\S+)\s*(.*)$/s.exec(needed(rest, "/record on, off, here [NAME] or stop"))!;
      return recordOf(what, called);
    }
    case "history": {
      const [what, ...words] = needed(rest, "/history list, show N or get REFERENCE…").split(/\s+/);
      return what === "list" || what === "show" ? placeOf(what, words) : namedOf(what, words);
    }
    case "answer":
      return { do: name, choice: needed(rest, "/answer N"), id: "" };
  }
}

/** The same of a line of JSON. Throws SyntaxError with what is allowed. */
export function jsonHistoryCommand(name: HistoryName, fields: Readonly<Record<string, unknown>>): HistoryCommandLine {
  const text = (key: string, otherwise?: string): string => {
    const found = fields[key] ?? otherwise;
    if (typeof found !== "string") throw new SyntaxError(`"${key}" of "${name}" must be text`);
    return found;
  };
  switch (name) {
    case "record":
      return recordOf(text("what"), text("name", ""));
    case "history": {
      const what = text("what"), { number } = fields;
      if (what === "list" || what === "show") return placeOf(what, number === undefined ? [] : [String(number)]);
      const found = fields.references;
      if (!Array.isArray(found) || !found.every((each) => typeof each === "string")) {
        throw new SyntaxError('"references" of "history" must be a list of references');
      }
      return namedOf(what, found);
    }
    case "answer": {
      const { choice } = fields;
      const said = typeof choice === "number" ? String(choice) : text("choice");
      return { do: name, choice: needed(said, '"choice" of "answer"'), id: text("id", "") };
    }
  }
}

function recordOf(what: string, name: string): HistoryCommandLine {
  if (what !== "on" && what !== "off" && what !== "here" && what !== "stop") {
    throw new SyntaxError(`record is "${what}"; allowed: on, off, here, stop`);
  }
  if (name !== "" && what !== "here") throw new SyntaxError(`only what is recorded here has a name: /record here NAME`);
  if (name.length > NAME) throw new SyntaxError(`the name has ${name.length} characters; allowed: ${NAME}`);
  return { do: "record", what, name };
}

function namedOf(what: string, references: readonly string[]): HistoryCommandLine {
  if (what === "get" || what === "delete") return { do: "history", what, references: referencesOf(references) };
  throw new SyntaxError(`history is "${what}"; allowed: list, show, get, delete`);
}

/** The list begins with the latest where nothing is said. */
function placeOf(what: "list" | "show", words: readonly string[]): HistoryCommandLine {
  if (what === "list" && words.length === 0) return { do: "history", what, number: 1 };
  const word = needed(words.join(" "), "/history show N");
  if (/^[1-9][0-9]{0,5}$/.test(word)) return { do: "history", what, number: Number(word) };
  throw new SyntaxError(`the number is ${JSON.stringify(word)}; allowed: 1 and more, as /history list tells them`);
}

function referencesOf(words: readonly string[]): readonly string[] {
  const references = [...new Set(words)];
  if (references.length === 0) throw new SyntaxError("something is missing: /history get REFERENCE…");
  if (references.length > REFERENCES) {
    throw new SyntaxError(`${references.length} references; allowed: 1 to ${REFERENCES}`);
  }
  const odd = references.find((reference) => !/^[!-~]{1,128}$/.test(reference));
  if (odd !== undefined) throw new SyntaxError(`reference is ${JSON.stringify(odd)}; allowed: such as h-4kQ…`);
  return references;
}

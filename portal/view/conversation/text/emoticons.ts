/**
 * The emoticons of USE-5: their names in the order of the requirement, the text that stands for each (the first is the one that is inserted,
 * the others are understood), and how it is drawn. A drawing is one path on a grid of 20, over a face where `face` is told.
 */
export interface Emoticon {
  readonly name: EmoticonName;
  readonly forms: readonly string[];
  readonly face: "" | "yellow" | "red" | "green" | "pink";
  /** Strokes. */
  readonly lines: string;
  /** Filled shapes. */
  readonly shapes: string;
}

export type EmoticonName = typeof TABLE[number][0];

const EYES = "M7 8h.01M13 8h.01";
const SMILE = "M6 12c2 3 6 3 8 0", FROWN = "M6 14.5c2-3 6-3 8 0", FLAT = "M6.5 13h7";

// Name, texts, face, lines, shapes.
const TABLE = [
  ["happy", ":-) :)", "y", EYES + SMILE, ""],
  ["sad", ":-( :(", "y", EYES + FROWN, ""],
  ["wink", ";-) ;)", "y", "M7 8h.01M12 8h2.5" + SMILE, ""],
  ["grin", ":-D :D", "y", EYES, "M5.5 11h9c0 6-9 6-9 0"],
  ["confused", ":-/ :-\\ :/", "y", EYES + "M7 14l6-2.5", ""],
  ["blushing", ":'-> :\">", "p", EYES + SMILE, ""],
  ["tongue", ":-P :-p :P :p", "y", EYES + SMILE, "M9 13.5h4v2a2 2 0 0 1-4 0"],
  ["kiss", ":-* :*", "y", "M6 8h2M12 8h2", "M8 12c1-1 1.5 0 2 0s1-1 2 0l-2 3.5"],
  ["shocked", ":-O :-o :O :o", "y", EYES, "M10 11a2 2.5 0 1 0 .01 0"],
  ["angry", "X-( x-( :-@", "r", "M5 6l3 2M15 6l-3 2" + FROWN, ""],
  ["cool", "B-) 8-)", "y", "M4 7h12" + SMILE, "M4 7h5v2.5H5zM11 7h5l-1 2.5h-4"],
  ["worried", ":-S :-s :S :s", "y", EYES + "M6 13.5l2-1.5 2 2 2-2 2 1.5", ""],
  ["devilish", ">:-) >:)", "r", EYES + SMILE + "M3.5 2l2.5 3M16.5 2L14 5", ""],
  ["crying", ":,-( :'-( :'(", "y", EYES + FROWN, "M14.5 9.5l1.5 3a1.6 1.6 0 1 1-3 0"],
  ["laughing", ":-)) :))", "y", "M5.5 8l1.5-1 1.5 1M11.5 8l1.5-1 1.5 1", "M5.5 11h9c0 6-9 6-9 0"],
  ["straight", ":-| :|", "y", EYES + FLAT, ""],
  ["angel", "O:-) 0:-) O:)", "y", EYES + SMILE + "M5 2c2-1.5 8-1.5 10 0s-8 1.5-10 0", ""],
  ["nerd", ":-B", "y", "M7 10a2 2 0 1 0-.01 0M13 10a2 2 0 1 0-.01 0M9 8h2" + FLAT, ""],
  ["sleepy", "|-O |-) |O", "y", "M5.5 8.5h3M11.5 8.5h3", "M10 12a1.5 2 0 1 0 .01 0"],
  ["eyes", "8-|", "y", "M5.5 6.5h3M11.5 6.5h3" + FLAT, "M8 6.5h1v1.5H8zM14 6.5h1v1.5h-1"],
  ["sick", ":-& :&", "g", EYES + "M6 13.5c1-2 2 1 3-.5s2 1 3-.5 1 .5 2 0", ""],
  ["shh", ":-X :-x :-#", "y", EYES + "M6 13h8M8 11.5v3M10 11.5v3M12 11.5v3", ""],
  ["thinking", ":-?", "y", EYES + "M8 13.5h4M5 17l3-2.5", ""],
  ["eyebrow", "/:-)", "y", EYES + "M5 6l3-1.5M8 13.5c2 .5 4 0 5-1.5", ""],
  ["rose", "@};- @}->--", "", "M10 11v8M10 16l3-2M10 17l-3-2", "M10 2c5 0 5 9 0 9s-5-9 0-9"],
  [
    "coffee",
    "~O) ~o)",
    "",
    "M7 2c-1 1.5 1 2 0 4M10 2c-1 1.5 1 2 0 4M14 10h2.5v4H13",
    "M4 8h10v6a3 3 0 0 1-3 3H7a3 3 0 0 1-3-3",
  ],
  ["drink", ")-|", "", "M10 11v7M6 18h8M13 4l3-2", "M3 4h14l-7 8"],
  ["idea", "*-:) (i)", "", "M8 16h4M8.5 18.5h3", "M10 2a5.5 5.5 0 0 1 3 10v2H7v-2a5.5 5.5 0 0 1 3-10"],
  ["love", "<3", "", "", "M10 17L3 9.5C0 5 6 1 10 6c4-5 10-1 7 3.5"],
] as const;

const FACES = { y: "yellow", r: "red", g: "green", p: "pink", "": "" } as const;

export const EMOTICONS: readonly Emoticon[] = TABLE.map(([name, forms, face, lines, shapes]) => ({
  name,
  forms: forms.split(" "),
  face: FACES[face],
  lines,
  shapes,
}));

const BY_FORM = new Map(EMOTICONS.flatMap((one) => one.forms.map((form) => [form, one] as const)));

// A form stands by itself: with white space, or the end of a sentence, on both sides.
const FORMS = [...BY_FORM.keys()].sort((a, b) => b.length - a.length)
  .map((form) => form.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&")).join("|");
const FOUND = new RegExp(`(?<=^|\\s|[.,!?])(?:${FORMS})(?=$|\\s|[.,!?])`, "gu");

export type EmoticonToken =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "emoticon"; readonly text: string; readonly emoticon: Emoticon };

/** Parts a text at its emoticons. The texts of all tokens together are the text. */
export function findEmoticons(text: string): EmoticonToken[] {
  const tokens: EmoticonToken[] = [];
  let done = 0;
  for (const match of text.matchAll(FOUND)) {
    if (match.index > done) tokens.push({ kind: "text", text: text.slice(done, match.index) });
    tokens.push({ kind: "emoticon", text: match[0], emoticon: BY_FORM.get(match[0])! });
    done = match.index + match[0].length;
  }
  if (done < text.length) tokens.push({ kind: "text", text: text.slice(done) });
  return tokens;
}

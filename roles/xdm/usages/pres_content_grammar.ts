import { type Grammar, many, maybe, one, STRING } from "../../../transport/xml/mod.ts";
import { NS } from "./identifiers.ts";
import { holding, LANG, OTHER_ATTRIBUTES, OTHERS, textOf } from "./words.ts";

const PC = NS.omaPresContent;

/** Content beside presence, such as a status icon (oma-reference §5.6). */
export const PRES_CONTENT_GRAMMAR: Grammar = {
  roots: [
    holding(
      PC,
      "content",
      [
        maybe(textOf(PC, "mime-type", STRING)),
        maybe(textOf(PC, "encoding", STRING)),
        many(textOf(PC, "description", STRING, [LANG])),
        one(textOf(PC, "data", STRING)),
        OTHERS,
      ],
      [],
      OTHER_ATTRIBUTES,
    ),
  ],
  globals: [],
};

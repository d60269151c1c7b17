import { defineTexts } from "./define_texts.ts";
import { de } from "./kit.de.ts";
import { en } from "./kit.en.ts";

/** The kit's own words. */
export const t = defineTexts(en, { de });

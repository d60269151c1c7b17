import { defineTexts } from "../../../../web/ui/mod.ts";
import { de } from "./frame.de.ts";
import { en } from "./frame.en.ts";

/** What stands around every page. */
export const t = defineTexts(en, { de });

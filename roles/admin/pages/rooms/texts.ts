import { defineTexts } from "../../../../web/ui/mod.ts";
import { de } from "./texts.de.ts";
import { en } from "./texts.en.ts";

export const t = defineTexts(en, { de });

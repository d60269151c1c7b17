import { defineTexts } from "../../../../web/ui/mod.ts";
import { de } from "./entry.de.ts";
import { en } from "./entry.en.ts";

export const t = defineTexts(en, { de });

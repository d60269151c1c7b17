import { defineTexts } from "../../../../web/ui/mod.ts";
import { de } from "./users.de.ts";
import { en } from "./users.en.ts";

export const t = defineTexts(en, { de });

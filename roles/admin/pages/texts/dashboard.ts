import { defineTexts } from "../../../../web/ui/mod.ts";
import { de } from "./dashboard.de.ts";
import { en } from "./dashboard.en.ts";

export const t = defineTexts(en, { de });

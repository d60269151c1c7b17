import { defineTexts } from "../../texts/kit.ts";
import type { en } from "./texts.en.ts";

/** Words of the conversations. */
export const t = defineTexts<typeof en>("conversation");

import { defineTexts } from "../../texts/kit.ts";
import { en } from "./texts.en.ts";

/** Words of the conversations. */
export const t = defineTexts("conversation", en);

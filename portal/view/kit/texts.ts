import { defineTexts } from "../../texts/kit.ts";
import { en } from "./texts.en.ts";

/** Words that every page shares. */
export const t = defineTexts("kit", en);

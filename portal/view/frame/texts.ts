import { defineTexts } from "../../texts/kit.ts";
import { en } from "./texts.en.ts";

/** Words of the frame around the pages. */
export const t = defineTexts("frame", en);

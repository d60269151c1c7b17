import { defineTexts } from "../../texts/kit.ts";
import type { en } from "./texts.en.ts";

/** Words of the frame around the pages. */
export const t = defineTexts<typeof en>("frame");

import { defineTexts } from "../../texts/kit.ts";
import type { en } from "./texts.en.ts";

/** Words that every page shares. */
export const t = defineTexts<typeof en>("kit");

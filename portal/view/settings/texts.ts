import { defineTexts } from "../../texts/kit.ts";
import { en } from "./texts.en.ts";

export const t = defineTexts("settings", en);

import { defineTexts } from "../../texts/kit.ts";
import type { en } from "./texts.en.ts";

export const t = defineTexts<typeof en>("history");

import { defineAsset } from "../../../../web/ui/mod.ts";
import script from "./counter.js" with { type: "text" };

/** The island that counts what is left of a text. */
export const COUNTER = defineAsset("counter", "js", script);

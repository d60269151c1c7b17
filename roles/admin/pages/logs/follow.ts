import { defineAsset } from "../../../../web/ui/mod.ts";
import script from "./follow.js" with { type: "text" };

/** The island that appends lines as they come. */
export const FOLLOW = defineAsset("follow", "js", script);

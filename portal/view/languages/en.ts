import { en as asks } from "../asks/texts.en.ts";
import { en as conversation } from "../conversation/texts.en.ts";
import { en as frame } from "../frame/texts.en.ts";
import { en as history } from "../history/texts.en.ts";
import { en as kit } from "../kit/texts.en.ts";
import { en as people } from "../people/texts.en.ts";
import { en as rooms } from "../rooms/texts.en.ts";
import { en as settings } from "../settings/texts.en.ts";
import { en as start } from "../start/texts.en.ts";

/** All areas of the page in this language. */
export const en = { asks, conversation, frame, history, kit, people, rooms, settings, start };

import { de as asks } from "../asks/texts.de.ts";
import { de as conversation } from "../conversation/texts.de.ts";
import { de as frame } from "../frame/texts.de.ts";
import { de as history } from "../history/texts.de.ts";
import { de as kit } from "../kit/texts.de.ts";
import { de as people } from "../people/texts.de.ts";
import { de as rooms } from "../rooms/texts.de.ts";
import { de as settings } from "../settings/texts.de.ts";
import { de as start } from "../start/texts.de.ts";

/** All areas of the page in this language. */
export const de = { asks, conversation, frame, history, kit, people, rooms, settings, start };

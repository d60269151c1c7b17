import { fr as asks } from "../asks/texts.fr.ts";
import { fr as conversation } from "../conversation/texts.fr.ts";
import { fr as frame } from "../frame/texts.fr.ts";
import { fr as history } from "../history/texts.fr.ts";
import { fr as kit } from "../kit/texts.fr.ts";
import { fr as people } from "../people/texts.fr.ts";
import { fr as rooms } from "../rooms/texts.fr.ts";
import { fr as settings } from "../settings/texts.fr.ts";
import { fr as start } from "../start/texts.fr.ts";

/** All areas of the page in this language. */
export const fr = { asks, conversation, frame, history, kit, people, rooms, settings, start };

import type { Room } from "../room.ts";

/** User part of a room's URI: that of our Contact in its dialogs, by which they are known to be of this room. */
export function userPart({ uri }: Pick<Room, "uri">): string {
  return uri.slice(uri.indexOf(":") + 1, uri.lastIndexOf("@"));
}

import { z } from "zod";
import { flag, required, table, tables, text } from "./fields.ts";
import { note } from "./notes.ts";

const THEN = ["tell", "refuse"] as const;
const CHARACTERS = 500;

/** `[notices]`: REG-4, UPROF-8, SND-5, ADM-8. */
export const notices = table({
  first_use: flag(
    true,
    "Users are told when they first register: of their default profile, of the types and sizes that may be sent, and of mandatory fields that their profile lacks. Again when these types and sizes change, and once a week while fields are missing.",
    { apply: "live", words: "system message welcome registration policy profile mandatory" },
  ),
}, "What the service tells its users unasked.");

/** `[clients]`: SMSG-2. */
export const clients = table({
  unsupported: tables(
    {
      release: required({
        allowed: 'a pattern of 1 to 128 characters for User-Agent, with "*" for any text, such as "Phone/1.*"',
        help: "The releases that are meant, by their User-Agent; `*` stands for any text. The first that fits holds.",
        read: pattern,
      }),
      // Without a word for it somebody is told, and shut out only where that is said.
      then: note(z.enum(THEN, { error: '"tell" or "refuse"' }).default("tell"), {
        help:
          "`tell`: a system message to the user, once for each release; `refuse`: also, its registrations get 403 with the reason.",
        allowed: '"tell" or "refuse"',
        default: '"tell"',
      }),
      text: note(text(`text of at most ${CHARACTERS} characters`, reason).prefault(""), {
        help: "What these users are to do, or where they find a newer release.",
        allowed: `text of at most ${CHARACTERS} characters`,
        default: '""',
      }),
    },
    200,
    "Releases of clients that the service does not support.",
    { apply: "live", words: "client version release user-agent block unsupported old" },
  ),
}, "Clients of the users.");

function pattern(given: string): string {
  const read = given.trim();
  if (read === "" || read.length > 128 || /\p{Cc}/u.test(read)) throw new SyntaxError("not a pattern");
  return read;
}

function reason(given: string): string {
  const read = given.normalize("NFC").replace(/\s+/g, " ").trim();
  if (read.length > CHARACTERS || /\p{Cc}/u.test(read)) throw new RangeError("too long");
  return read;
}

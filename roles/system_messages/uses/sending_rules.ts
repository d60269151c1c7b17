import { createHash } from "node:crypto";

/** What the operator allows to be sent: the settings in force. */
export interface SendingSettings {
  readonly pager: {
    readonly types: readonly string[];
    /** Octets. */
    readonly max_body: number;
    /** Of single types. */
    readonly max_body_of: Readonly<Record<string, number>>;
  };
  readonly session: { readonly types: readonly string[]; readonly max_message: number; readonly max_content: number };
}

/** The same for users to read. */
export interface SendingRules {
  readonly text: string;
  /** Another one as soon as anything of it is another. */
  readonly mark: string;
}

/** Types that are named; a list of two hundred is nothing to read. */
const MOST_NAMED = 20;

/** Types and sizes that may be sent, in two sentences (SND-5, ADM-8). */
export function sendingRules({ pager, session }: SendingSettings): SendingRules {
  const single = Object.entries(pager.max_body_of).map(([type, octets]) => `${type} up to ${sizeText(octets)}`);
  const text = `Single messages may have up to ${sizeText(pager.max_body)}, of ${typesText(pager.types)}` +
    `${single.length === 0 ? "" : ` (${named(single)})`}. In chats a text may have up to ` +
    `${sizeText(session.max_message)}, a picture, sound or file up to ${sizeText(session.max_content)}, ` +
    `of ${typesText(session.types)}.`;
  // The whole settings, not the text: it leaves out what is too long.
  const all = [pager.types, pager.max_body, Object.entries(pager.max_body_of).sort(), session.types].concat(
    session.max_message,
    session.max_content,
  );
  return { text, mark: createHash("sha256").update(JSON.stringify(all)).digest("hex").slice(0, 12) };
}

function typesText(types: readonly string[]): string {
  if (types.includes("*/*")) return "any type";
  return types.length === 0 ? "no type" : named(types);
}

function named(list: readonly string[]): string {
  const more = list.length - MOST_NAMED;
  return list.slice(0, MOST_NAMED).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/** Exact, since clients refuse by it; large ones also in units that people read: `10485760 octets (10 MB)`. */
function sizeText(octets: number): string {
  const exact = `${octets} octets`;
  if (octets < 10_000) return exact;
  const [unit, name] = octets < 1_000_000 ? [1e3, "kB"] : octets < 1_000_000_000 ? [1e6, "MB"] : [1e9, "GB"];
  return `${exact} (${Math.round(octets / (unit as number))} ${name})`;
}

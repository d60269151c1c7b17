import { type HeadEditor, type Problem, type SipMessage } from "../../transport/sip/mod.ts";

/** The levels a Privacy header asks for (RFC 3323 §4.2, RFC 3325 §9.3); `history` is RFC 7044 §4.1. */
export interface Privacy {
  readonly none: boolean;
  readonly id: boolean;
  readonly user: boolean;
  readonly header: boolean;
  readonly session: boolean;
  readonly history: boolean;
  readonly critical: boolean;
  /** Levels that are none of those, as written. */
  readonly unknown: readonly string[];
}

const NOTHING: Privacy = {
  none: false,
  id: false,
  user: false,
  header: false,
  session: false,
  history: false,
  critical: false,
  unknown: [],
};

/** What stands in From in place of an identity that is not to be shown (RFC 3323 §4.1.1.3). */
export const ANONYMOUS = '"Anonymous" <sip:anonymous@anonymous.invalid>';

/** Reads the Privacy header: values are separated by semicolons (RFC 3323 §4.2). */
export function privacyOf(message: SipMessage): Privacy {
  if (!message.has("Privacy")) return NOTHING;
  const asked = new Set(message.getAll("Privacy").flatMap((value) => value.toLowerCase().split(/[;,]/)));
  const levels = [...asked].map((value) => value.trim()).filter((value) => value !== "");
  const names = new Set(levels);
  return {
    none: names.has("none"),
    id: names.has("id"),
    user: names.has("user"),
    header: names.has("header"),
    session: names.has("session"),
    history: names.has("history"),
    critical: names.has("critical"),
    unknown: levels.filter((level) => !(level in NOTHING) || level === "unknown"),
  };
}

/**
 * The answer to a request whose privacy cannot be given although it is `critical` (RFC 3323 §5): 500, naming the levels.
 * `offered`: the levels the place that asks can give, of `id`, `user`, `header`, `session`, `history`.
 */
export function privacyProblem(privacy: Privacy, offered: ReadonlySet<string>): Problem | null {
  if (!privacy.critical || privacy.none) return null;
  const missing: string[] = [...privacy.unknown];
  for (const level of ["id", "user", "header", "session", "history"] as const) {
    if (privacy[level] && !offered.has(level)) missing.push(level);
  }
  if (missing.length === 0) return null;
  return {
    status: 500,
    reason: `Privacy not available: ${missing.join(" ").replace(/[^\x20-\x7e]/g, "?").slice(0, 80)}`,
  };
}

/**
 * User-level privacy at an exit (RFC 3323 §5.3): an anonymous From that keeps its tag, and none of the headers that tell
 * about the user and are not needed to work. P-Asserted-Identity is the caller's (`editForHop`).
 */
export function anonymise(editor: HeadEditor, message: SipMessage): void {
  const tag = message.from.tag;
  editor.set("From", tag === "" ? ANONYMOUS : `${ANONYMOUS};tag=${tag}`);
  for (const name of USER_HEADERS) {
    if (message.has(name)) editor.remove(name);
  }
}

const USER_HEADERS = [
  "Subject",
  "Call-Info",
  "Organization",
  "User-Agent",
  "Reply-To",
  "In-Reply-To",
  "Referred-By",
  "P-Access-Network-Info",
] as const;

/** Takes the levels that were given out of the Privacy header, and the header when nothing is left (RFC 3323 §5). */
export function markPrivacyDone(editor: HeadEditor, message: SipMessage, done: ReadonlySet<string>): void {
  const levels = message.getAll("Privacy").flatMap((value) => value.split(/[;,]/)).map((value) => value.trim());
  const left = levels.filter((level) => level !== "" && !done.has(level.toLowerCase()));
  if (left.some((level) => level.toLowerCase() !== "critical")) {
    editor.set("Privacy", left.join(";"));
    return;
  }
  editor.remove("Privacy");
  if (!message.lists("Proxy-Require", "privacy")) return;
  const required = message.list("Proxy-Require").filter((tag) => tag.toLowerCase() !== "privacy");
  if (required.length === 0) editor.remove("Proxy-Require");
  else editor.set("Proxy-Require", required.join(", "));
}

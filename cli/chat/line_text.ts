/** What a terminal would obey, or what turns the direction of writing, but for tab and line feed. */
// deno-lint-ignore no-control-regex
const COMMANDS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** What others wrote, on as many lines as they like. */
export function clean(text: string): string {
  return text.replace(/\r\n?/g, "\n").replace(COMMANDS, "\ufffd");
}

/** A name, a reason: what others wrote, in one line, so that nobody can make one that looks like ours. */
export function line(text: string): string {
  return text.replace(COMMANDS, "\ufffd").replace(/[\t\n]+/g, " ");
}

/** A URI as people say it. */
export function short(uri: string): string {
  return line(uri.replace(/^sips?:/, ""));
}

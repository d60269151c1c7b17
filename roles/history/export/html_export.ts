import type { HistoryParty, Recording, SaidMessage } from "../../../storage/mod.ts";
import { mediaType } from "../../../transport/payload/mod.ts";
import { pieceDecoder, textOf } from "../search/message_text.ts";
import { bareAddress } from "../search/people.ts";
import { ownName } from "../search/folders.ts";
import { contentBody, type ReadContents } from "../service/message_body.ts";
import { isOwn } from "../service/conversation_views.ts";
import { allMessages, type ExportSource, type ExportStyle } from "./export_file.ts";
import { type ExportWords, exportWords } from "./export_words.ts";

const LOOKS = `
:root { color-scheme: light dark; --line: #8884; --own: #2a6fdb22; --other: #8881; --soft: light-dark(#5c5c5c, #a8a8a8); }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.4rem; margin: 0 0 1rem; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; margin: 0 0 2rem; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
h2 { font-size: .9rem; color: var(--soft); font-weight: 600; border-top: 1px solid var(--line); margin: 2rem 0 .5rem; padding-top: .5rem; }
article { background: var(--other); border-radius: .6rem; padding: .5rem .8rem; margin: .5rem 15% .5rem 0; break-inside: avoid; }
article.own { background: var(--own); margin: .5rem 0 .5rem 15%; }
header { display: flex; flex-wrap: wrap; gap: 0 .8rem; font-size: .85rem; color: var(--soft); }
header b { color: CanvasText; }
p { margin: .2rem 0 0; white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: plaintext; }
.file { color: var(--soft); }
@media print { article { border: 1px solid var(--line); } }
`;

/** Nothing is loaded and nothing runs, wherever the file is opened. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'";

/** A whole conversation as one page to read: no script, no link to anywhere, everything that was said as text. */
export async function* htmlExport(
  recording: Recording,
  style: ExportStyle,
  source: ExportSource,
): AsyncGenerator<string> {
  const words = exportWords(style.language);
  const times = new Times(style.language, style.zone);
  yield headOf(recording, words, times);
  let day = "";
  for await (const message of allMessages(source)) {
    const today = times.day(message.at);
    if (today !== day) yield `<h2>${escapeHtml(today)}</h2>\n`;
    day = today;
    yield* articleOf(message, recording, words, times, source.contents);
  }
  yield "</main>\n</body>\n</html>\n";
}

function headOf(recording: Recording, words: ExportWords, times: Times): string {
  const { parties, group, subject, startedAt, endedAt, messages, name } = recording;
  const title = ownName(name) || subject || `${words.conversation}: ${bareAddress(recording.with)}`;
  const [owner, ...others] = parties;
  const facts: [string, string][] = [[words.owner, partyText(owner ?? { uri: recording.owner, name: "" })]];
  if (others.length > 0) facts.push([words.with, others.map(partyText).join(", ")]);
  if (group.uri !== "" || group.name !== "") facts.push([words.room, partyText(group)]);
  if (subject !== "") facts.push([words.subject, subject]);
  facts.push([words.from, times.full(startedAt)], [words.until, times.full(endedAt)]);
  facts.push([words.messages, String(messages)], [words.zone, times.zone]);
  return `<!DOCTYPE html>
<html lang="${words.language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(title)}</title>
<style>${LOOKS}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
<dl>
${facts.map(([term, fact]) => `<dt>${escapeHtml(term)}</dt><dd><bdi>${escapeHtml(fact)}</bdi></dd>`).join("\n")}
</dl>
`;
}

async function* articleOf(
  message: SaidMessage,
  recording: Recording,
  words: ExportWords,
  times: Times,
  contents: ReadContents,
): AsyncGenerator<string> {
  const { at, from, to, file } = message;
  const own = isOwn(message, recording);
  const address = bareAddress(to);
  // In a conversation of two it goes without saying; what is for one of many does not.
  const toOne = recording.kind === "room" && address !== bareAddress(recording.with) &&
    address !== bareAddress(recording.group.uri);
  yield `<article${own ? ' class="own"' : ""}><header><b><bdi>${
    escapeHtml(from.name || bareAddress(from.uri))
  }</bdi></b>` +
    (toOne ? `<span>${words.to} <bdi>${escapeHtml(address)}</bdi></span>` : "") +
    `<time datetime="${new Date(at).toISOString()}">${escapeHtml(times.time(at))}</time></header>`;
  if (file !== "") yield `<p class="file">${words.file}: <bdi>${escapeHtml(file)}</bdi></p>`;
  const text = textOf(message);
  if (text !== null) yield `<p>${escapeHtml(text)}</p>`;
  else yield* longText(message, words, contents);
  yield "</article>\n";
}

/** A text that is too long for a record, piece by piece; of anything else what it is. */
async function* longText(message: SaidMessage, words: ExportWords, contents: ReadContents): AsyncGenerator<string> {
  const body = await contentBody(message, contents);
  const essence = mediaType(body.contentType);
  if (body.coded || message.file !== "" || !essence.startsWith("text/")) {
    yield `<p class="file">${escapeHtml(essence)}, ${body.octets} B. ${escapeHtml(words.notText)}.</p>`;
    return;
  }
  const decoder = pieceDecoder(body.contentType);
  yield "<p>";
  for await (const piece of body.pieces()) yield escapeHtml(decoder.decode(piece, { stream: true }));
  yield `${escapeHtml(decoder.decode())}</p>`;
}

function partyText({ uri, name }: HistoryParty): string {
  const address = bareAddress(uri);
  return name === "" ? address : address === "" ? name : `${name} (${address})`;
}

/** Text between tags and in quoted attributes; control characters, which HTML does not have, become U+FFFD. */
export function escapeHtml(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[&<>"']/g, (one) => ESCAPES[one]).replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/g, "\ufffd");
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Times as people of that language read them, in one zone. */
class Times {
  readonly zone: string;
  readonly #day: Intl.DateTimeFormat;
  readonly #time: Intl.DateTimeFormat;
  readonly #full: Intl.DateTimeFormat;

  constructor(wanted: string, zone: string) {
    const language = languageTag(wanted);
    const timeZone = knownZone(zone);
    this.zone = timeZone;
    this.#day = new Intl.DateTimeFormat(language, { dateStyle: "full", timeZone });
    this.#time = new Intl.DateTimeFormat(language, { timeStyle: "medium", timeZone });
    this.#full = new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "medium", timeZone });
  }

  day(at: number): string {
    return this.#day.format(at);
  }

  time(at: number): string {
    return this.#time.format(at);
  }

  full(at: number): string {
    return this.#full.format(at);
  }
}

/** `de-AT` as it was wished, where its words are there. */
function languageTag(wanted: string): string {
  const { language } = exportWords(wanted);
  return /^(?:de|en)-[a-z]{2}$/i.test(wanted) ? wanted : language;
}

function knownZone(zone: string): string {
  if (!/^[A-Za-z][\w+-]*(?:\/[\w+-]+){0,2}$/.test(zone)) return "UTC";
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone;
  } catch (error) {
    if (error instanceof RangeError) return "UTC";
    throw error;
  }
}

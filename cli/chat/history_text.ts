import type { HistoryEvent } from "./history_events.ts";
import { clean, line, short } from "./line_text.ts";
import { sizeText } from "./progress_bar.ts";
import { dayAndTime } from "./time_text.ts";

/** What is recorded, and what the service itself says, as lines for people. */
export function historyLines(event: HistoryEvent): string[] {
  switch (event.event) {
    case "recorded":
      return recordedLines(event);
    case "history-ended": {
      const { ok, messages, missing, reason } = event;
      const came = messages === 1 ? "1 message came" : `${messages} messages came`;
      const rest = missing === 0 ? "" : `; ${missing} could not be taken`;
      return [ok ? `${came}${rest}` : `the recording did not come as a whole: ${line(reason)}; ${came}${rest}`];
    }
    case "history": {
      const { what, of, ok, reason } = event;
      if (what === "list") return [ok ? "listed" : `not listed: ${line(reason)}`];
      if (what === "delete") return [ok ? `deleted: ${short(of)}` : `not deleted: ${line(reason)}`];
      const done = what === "start" ? "is recorded from now on" : "is recorded no longer";
      return [`the conversation with ${short(of)} ${ok ? done : `is left as it was: ${line(reason)}`}`];
    }
    case "recordings":
      return listLines(event);
    case "system":
      return systemLines(event);
    case "answered":
      return [event.ok ? `answered: ${line(event.label)}` : `not answered: ${line(event.reason)}`];
  }
}

function recordedLines(event: Extract<HistoryEvent, { event: "recorded" }>): string[] {
  const at = Date.parse(event.sent);
  const when = Number.isNaN(at) ? "at a time unknown" : dayAndTime(at);
  const who = event.from === "" ? "somebody" : event.name === "" ? short(event.from) : line(event.name);
  const head = `| ${when} ${who}: `;
  if (event.type.toLowerCase().startsWith("text/") && event.file === "") {
    const [first, ...more] = clean(event.text).split("\n");
    return [head + first, ...more.map((each) => `|       ${each}`)];
  }
  const what = event.file === "" ? line(event.type) : `"${line(event.file)}"`;
  const kept = event.place !== ""
    ? ` is at ${line(event.place)}`
    : event.reason !== ""
    ? `: ${line(event.reason)}`
    : "";
  return [`${head}[${what}, ${sizeText(event.bytes)}]${kept}`];
}

function listLines({ list, more }: Extract<HistoryEvent, { event: "recordings" }>): string[] {
  if (list.length === 0) return ["nothing is recorded here"];
  const lines = list.map(({ number, reference, name, with: others, messages, since, open }) => {
    const [first, second] = others.map((other) => other.name === "" ? short(other.uri) : line(other.name));
    const rest = others.length > 2 ? ` and ${others.length - 1} others` : second === undefined ? "" : ` and ${second}`;
    const whom = first === undefined ? "" : ` with ${first}${rest}`;
    const called = name === "" ? "" : ` "${line(name)}"`;
    const at = Date.parse(since);
    const when = Number.isNaN(at) ? "" : ` since ${dayAndTime(at)}`;
    const many = messages < 0 ? "" : messages === 1 ? ", 1 message" : `, ${messages} messages`;
    return `${String(number).padStart(4)}.${called}${whom}${when}${many}${open ? ", goes on" : ""}  ${line(reference)}`;
  });
  if (more) lines.push(`      there are more: /history list ${list[list.length - 1].number + 1}`);
  return lines;
}

function systemLines(event: Extract<HistoryEvent, { event: "system" }>): string[] {
  const { text, options, blocking, until } = event;
  const [first, ...more] = clean(text).split("\n");
  const lines = [`the service says: ${first}`, ...more.map((each) => `      ${each}`)];
  if (options.length === 0) return lines;
  options.forEach(({ label }, i) => lines.push(`   ${i + 1}. ${line(label)}`));
  const end = Date.parse(until);
  const by = Number.isNaN(end) ? "" : ` until ${dayAndTime(end)}`;
  lines.push(
    `   answer with /answer 1 to /answer ${options.length}${by}${blocking ? "; nothing else goes before" : ""}`,
  );
  return lines;
}

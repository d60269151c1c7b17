import type { Recording, SaidMessage } from "../../../storage/mod.ts";
import { ownName } from "../search/folders.ts";
import { bareAddress } from "../search/people.ts";
import type { ReadContents } from "../service/message_body.ts";
import { htmlExport } from "./html_export.ts";
import { jsonExport } from "./json_export.ts";

/** Where an export reads. */
export interface ExportSource {
  readonly contents: ReadContents;
  /** The messages behind `seq`, some of them; none at the end. Rejects where the conversation is gone. */
  read(seq: number): Promise<readonly SaidMessage[]>;
}

/** How the readable page reads. */
export interface ExportStyle {
  /** `de`, `en` … */
  readonly language: string;
  /** IANA time zone; "" for UTC. */
  readonly zone: string;
  /** Wall time, ms. */
  readonly now: number;
}

/** A file that is made while it is read: no more than a page of messages and a piece of a body are in memory. */
export interface ExportFile {
  readonly type: string;
  readonly name: string;
  readonly pieces: AsyncGenerator<string>;
}

export function exportFile(
  recording: Recording,
  format: "json" | "html",
  style: ExportStyle,
  source: ExportSource,
): ExportFile {
  const called = ownName(recording.name) || recording.subject || bareAddress(recording.with) || recording.reference;
  const day = new Date(recording.startedAt).toISOString().slice(0, 10);
  return {
    type: format === "json" ? "application/json" : "text/html; charset=utf-8",
    name: `${called.slice(0, 80)} ${day}.${format}`,
    pieces: format === "json" ? jsonExport(recording, style.now, source) : htmlExport(recording, style, source),
  };
}

/** All messages, in order. */
export async function* allMessages(source: ExportSource): AsyncGenerator<SaidMessage> {
  for (let seq = 0;;) {
    const page = await source.read(seq);
    if (page.length === 0) return;
    yield* page;
    seq = page[page.length - 1].seq;
  }
}

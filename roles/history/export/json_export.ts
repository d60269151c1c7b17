import { concatBytes } from "../../../foundation/mod.ts";
import type { HistoryParty, Recording, SaidMessage } from "../../../storage/mod.ts";
import { type MessageBody, originalBody } from "../service/message_body.ts";
import { allMessages, type ExportSource } from "./export_file.ts";

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A whole conversation as JSON, a line for each message: everything that is kept, bodies octet for octet. */
export async function* jsonExport(recording: Recording, now: number, source: ExportSource): AsyncGenerator<string> {
  const { reference, kind, parties, group, name, subject, startedAt, endedAt, expiresAt } = recording;
  const facts = {
    format: "parley-conversation",
    version: 1,
    exported_at: iso(now),
    reference,
    kind,
    owner: recording.owner,
    with: recording.with,
    parties: parties.map(party),
    group: group.uri === "" && group.name === "" ? null : party(group),
    name,
    subject,
    started_at: iso(startedAt),
    ended_at: iso(endedAt),
    expires_at: expiresAt === Infinity ? null : iso(expiresAt),
  };
  yield `${JSON.stringify(facts).slice(0, -1)},"messages":[`;
  let first = true;
  for await (const message of allMessages(source)) {
    yield `${first ? "" : ","}\n${JSON.stringify(factsOf(message)).slice(0, -1)},`;
    first = false;
    yield* bodyOf(originalBody(message, source.contents));
    yield "}";
  }
  yield "\n]}\n";
}

function factsOf({ seq, at, from, to, messageId, contentType, headers, file }: SaidMessage) {
  return {
    seq,
    at: iso(at),
    from: party(from),
    to,
    message_id: messageId,
    content_type: contentType,
    headers: headers.split("\r\n").filter((line) => line !== ""),
    file,
  };
}

/** `"encoding":…,"body":…`: as text where it is text in UTF-8, else in base64, so that no octet is lost. */
async function* bodyOf(body: MessageBody): AsyncGenerator<string> {
  let rest: Uint8Array | null = null;
  for await (const piece of body.pieces()) {
    if (rest === null) {
      const text = piece.length === body.octets && !body.coded ? textIn(piece) : null;
      if (text !== null) {
        yield `"encoding":"utf-8","body":${JSON.stringify(text)}`;
        return;
      }
      yield `"encoding":"base64","body":"`;
      rest = new Uint8Array();
    }
    // Base64 has no padding in its middle.
    const octets: Uint8Array = rest.length === 0 ? piece : concatBytes([rest, piece]);
    const whole = octets.length - octets.length % 3;
    yield octets.subarray(0, whole).toBase64();
    rest = octets.slice(whole);
  }
  yield rest === null ? `"encoding":"utf-8","body":""` : `${rest.toBase64()}"`;
}

function textIn(octets: Uint8Array): string | null {
  try {
    return strict.decode(octets);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

function party({ uri, name }: HistoryParty) {
  return { uri, name };
}

/** With milliseconds, in UTC (RFC 3339). */
function iso(at: number): string {
  return new Date(at).toISOString();
}

import type { HistoryParty, Recording, SaidMessage } from "../../../storage/mod.ts";
import type { ConversationView, SaidView } from "../../admin/services/mod.ts";
import { bareAddress } from "../search/people.ts";
import { textOf } from "../search/message_text.ts";
import { contentBody, type ReadContents } from "./message_body.ts";

const party = ({ uri, name }: HistoryParty) => ({ uri, name });

export function conversationView(recording: Recording): ConversationView {
  const { reference, kind, parties, group, name, subject, messages, octets, open, expiresAt } = recording;
  return {
    reference,
    kind,
    with: recording.with,
    parties: parties.map(party),
    group: group.uri === "" && group.name === "" ? null : party(group),
    name,
    subject,
    started_at: recording.startedAt,
    ended_at: recording.endedAt,
    messages,
    octets,
    expires_at: expiresAt === Infinity ? 0 : expiresAt,
    open,
  };
}

/** A message without its text. Rejects with StorageError and DamageError, where the head of a large one has to be looked at. */
export async function saidFacts(
  message: SaidMessage,
  recording: Recording,
  contents: ReadContents,
): Promise<Omit<SaidView, "text">> {
  const { contentType, messageId } = await contentBody(message, contents);
  return {
    seq: message.seq,
    at: message.at,
    from: party(message.from),
    to: message.to,
    own: isOwn(message, recording),
    message_id: messageId || message.messageId,
    content_type: contentType,
    octets: message.content === null ? message.body.length : message.content.octets,
    file: message.file,
  };
}

export async function saidView(message: SaidMessage, recording: Recording, contents: ReadContents): Promise<SaidView> {
  return { ...await saidFacts(message, recording, contents), text: textOf(message) };
}

/** Said by the recorder: by address, or in a hidden room by the alias that the recorder has there. */
export function isOwn({ from }: SaidMessage, { owner, parties }: Recording): boolean {
  const address = bareAddress(from.uri);
  return address === bareAddress(owner) || (parties.length > 0 && address === bareAddress(parties[0].uri));
}

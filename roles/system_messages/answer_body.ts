import {
  CPIM_TYPE,
  cpimContentType,
  IMDN_TYPE,
  imdnsOf,
  IS_COMPOSING_TYPE,
  mediaType,
  parseCpim,
  parseImdn,
  parseSystemAnswer,
  SYSTEM_MESSAGE_TYPE,
} from "../../transport/payload/mod.ts";
import { isNotificationBody } from "../deferred/mod.ts";
import type { Given, Shown } from "./answers.ts";

/** What an answer may come as. */
export const ANSWER_TYPES = `${SYSTEM_MESSAGE_TYPE}, text/plain, ${CPIM_TYPE}`;

/** What a MESSAGE to the service carries; "" for headers that it does not have. */
export interface AnswerParts {
  readonly contentType: string;
  readonly disposition: string;
  readonly body: Uint8Array;
  /** Call-IDs of In-Reply-To. */
  readonly replyTo: readonly string[];
  /** Names the request among all of its user's. */
  readonly request: string;
}

/** Octets of an answer. */
const MAX_ANSWER = 4096;
const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * Reads an answer. `notice`: what a client says by itself, of somebody who writes or of a message that came; `type`: it can be no
 * answer. Throws SyntaxError with what is wrong.
 */
export function answerIn(parts: AnswerParts): Given | Shown | "notice" | "type" {
  const { contentType, disposition, body } = parts;
  const type = mediaType(contentType);
  if (type === IS_COMPOSING_TYPE) return "notice";
  if (type === IMDN_TYPE || isNotificationBody(contentType, disposition, body)) return shownIn(type, body);
  if (type === SYSTEM_MESSAGE_TYPE) return { kind: "named", ...parseSystemAnswer(body) };
  if (type === CPIM_TYPE) {
    const { head, content } = insideOf(body);
    if (mediaType(head) === CPIM_TYPE) throw new SyntaxError("a wrapper in a wrapper");
    return answerIn({ ...parts, contentType: head, disposition: "", body: content });
  }
  return type === "text/plain" ? wordsOf(parts) : "type";
}

/** What has been displayed, of all that a notification tells; one that cannot be read tells nothing. */
function shownIn(type: string, body: Uint8Array): Shown | "notice" {
  try {
    const list = type === CPIM_TYPE ? imdnsOf(parseCpim(body)) : type === IMDN_TYPE ? [parseImdn(body)] : [];
    const messageIds = list.filter(({ disposition: { status } }) => status === "displayed")
      .map(({ messageId }) => messageId);
    return messageIds.length === 0 ? "notice" : { kind: "shown", messageIds };
  } catch (error) {
    if (error instanceof SyntaxError) return "notice";
    throw error;
  }
}

function wordsOf({ body, replyTo, request }: AnswerParts): Given {
  return { kind: "words", text: wordsIn(body), replyTo, request };
}

function insideOf(body: Uint8Array): { head: string; content: Uint8Array } {
  const message = parseCpim(body);
  return { head: cpimContentType(message) || "text/plain", content: message.body };
}

function wordsIn(body: Uint8Array): string {
  if (body.length > MAX_ANSWER) throw new SyntaxError(`an answer of ${body.length} octets; allowed: ${MAX_ANSWER}`);
  try {
    return decoder.decode(body);
  } catch (error) {
    throw new SyntaxError("an answer that is not UTF-8", { cause: error });
  }
}

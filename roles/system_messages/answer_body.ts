import {
  CPIM_TYPE,
  cpimContentType,
  IMDN_TYPE,
  IS_COMPOSING_TYPE,
  mediaType,
  parseCpim,
  parseSystemAnswer,
  SYSTEM_MESSAGE_TYPE,
} from "../../transport/payload/mod.ts";
import { isNotificationBody } from "../deferred/mod.ts";
import type { Given } from "./answers.ts";

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
 * Reads an answer. `notice`: what a client says by itself, of a message it has shown or of somebody who writes; `type`: it can be no
 * answer. Throws SyntaxError with what is wrong.
 */
export function answerIn(parts: AnswerParts): Given | "notice" | "type" {
  const { contentType, disposition, body } = parts;
  const type = mediaType(contentType);
  if (type === IS_COMPOSING_TYPE || type === IMDN_TYPE || isNotificationBody(contentType, disposition, body)) {
    return "notice";
  }
  if (type === SYSTEM_MESSAGE_TYPE) return { kind: "named", ...parseSystemAnswer(body) };
  if (type === CPIM_TYPE) {
    const { head, content } = insideOf(body);
    if (mediaType(head) === CPIM_TYPE) throw new SyntaxError("a wrapper in a wrapper");
    return answerIn({ ...parts, contentType: head, disposition: "", body: content });
  }
  return type === "text/plain" ? wordsOf(parts) : "type";
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

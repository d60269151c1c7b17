import { type ReadonlySignal, signal } from "@preact/signals-core";
import { randomToken } from "../../../foundation/mod.ts";
import {
  escapeXml,
  parseXml,
  xmlAttribute,
  xmlChild,
  xmlChildren,
  xmlCollapsed,
  type XmlElement,
} from "../../../transport/xml/mod.ts";
import type { Outcome, Problem, QuickAnswers } from "../../model/mod.ts";
import type { EngineParts } from "../doors.ts";
import { outcomeOf, unless } from "../outcomes.ts";
import { ownDocument } from "../people/own_documents.ts";
import { Refreshed } from "../people/refreshed.ts";

const AUID = "org.parley.quick-answers";
const TYPE = "application/vnd.parley.quick-answers+xml";
const NAMESPACE = "urn:parley:xml:quick-answers";
const XML = "http://www.w3.org/XML/1998/namespace";
const LIMITS = { characters: 65_536, depth: 16, elements: 4096, attributes: 64 };

interface Answer {
  readonly id: string;
  readonly text: string;
  /** Of the text, as another device said; "" for none. */
  readonly language: string;
}

/** Quick answers (USE-10 to USE-12): one document of the user, so that all devices have the same. */
export class OwnAnswers implements QuickAnswers {
  readonly #parts: EngineParts;
  readonly #path: string;
  readonly #fresh: Refreshed;
  readonly #list = signal<readonly string[]>([]);
  #answers: readonly Answer[] = [];
  /** Of the document; "" where there is none. */
  #etag = "";

  constructor(parts: EngineParts) {
    const document = ownDocument(AUID, parts.link.me.uri);
    this.#parts = parts;
    this.#path = `/${document}`;
    this.#fresh = new Refreshed(parts, [document], () => this.#load());
  }

  get list(): ReadonlySignal<readonly string[]> {
    return this.#list;
  }
  get state(): ReadonlySignal<"loading" | "ready" | "failed"> {
    return this.#fresh.state;
  }
  get problem(): ReadonlySignal<Problem | null> {
    return this.#fresh.problem;
  }

  /** Refused with 412 where another device has changed them meanwhile: `list` has what it wrote then. */
  save(list: readonly string[]): Outcome {
    return outcomeOf(async () => {
      const { rest } = this.#parts;
      const known = [...this.#answers];
      const answers = list.map((one): Answer => {
        const text = xmlCollapsed(one);
        const same = known.findIndex((answer) => answer.text === text);
        return same >= 0 ? known.splice(same, 1)[0] : { id: `q${randomToken(10)}`, text, language: "" };
      });
      const condition = this.#etag === "" ? { ifNoneMatch: "*" } : { ifMatch: this.#etag };
      try {
        const { etag } = await rest.xcap("PUT", this.#path, { body: textOf(answers), type: TYPE, ...condition });
        this.#take(answers, etag);
      } catch (error) {
        await this.#fresh.refresh();
        throw error;
      }
    });
  }

  async #load(): Promise<void> {
    const answer = await unless(404, this.#parts.rest.xcap("GET", this.#path));
    if (answer === null) this.#take([], "");
    else this.#take(answersOf(answer.body), answer.etag);
  }

  #take(answers: readonly Answer[], etag: string): void {
    this.#answers = answers;
    this.#etag = etag;
    this.#list.value = answers.map(({ text }) => text);
  }
}

/** The service has checked the document against its schema. */
function answersOf(body: string): Answer[] {
  const elements = xmlChildren(parseXml(body, LIMITS).root, NAMESPACE, "quick-answer");
  const placeOf = (element: XmlElement) => Number(xmlAttribute(element, "order") ?? Infinity);
  const inOrder = elements.map((element, i) => ({ element, i, place: placeOf(element) }))
    .sort((a, b) => a.place === b.place ? a.i - b.i : a.place - b.place);
  return inOrder.map(({ element }) => {
    const text = xmlChild(element, NAMESPACE, "text");
    const language = text === undefined ? undefined : xmlAttribute(text, "lang", XML);
    return { id: xmlAttribute(element, "id") ?? "", text: xmlCollapsed(text?.text ?? ""), language: language ?? "" };
  });
}

function textOf(answers: readonly Answer[]): string {
  const inner = answers.map(({ id, text, language }) => {
    const lang = language === "" ? "" : ` xml:lang="${escapeXml(language)}"`;
    return `<quick-answer id="${escapeXml(id)}"><text${lang}>${escapeXml(text)}</text></quick-answer>`;
  });
  const start = `<?xml version="1.0" encoding="UTF-8"?>\n<quick-answers xmlns="${NAMESPACE}">`;
  return `${start}${inner.map((one) => `\n  ${one}`).join("")}\n</quick-answers>\n`;
}

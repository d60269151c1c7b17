import {
  all,
  ANY_URI,
  attribute,
  DATE_TIME,
  element,
  elements,
  enumeration,
  type Grammar,
  grammar,
  many,
  maybe,
  NC_NAME,
  NON_NEGATIVE_INTEGER,
  one,
  STRING,
} from "../../../transport/xml/mod.ts";
import { NS } from "./identifiers.ts";
import { flag, holding, LANG, OTHERS, textOf } from "./words.ts";

const QA = NS.quickAnswers, CR = NS.contactRequests;

/** Quick answers (USE-10): texts that a user has ready, in order. */
export const QUICK_ANSWERS_GRAMMAR: Grammar = {
  roots: [
    holding(QA, "quick-answers", [
      many(
        holding(QA, "quick-answer", [
          one(textOf(QA, "text", STRING, [LANG])),
          OTHERS,
        ], [attribute("id", NC_NAME, { required: true }), attribute("order", NON_NEGATIVE_INTEGER)]),
      ),
    ]),
  ],
  globals: [],
};

/** Requests to be added to a contact list that wait for an answer (GM-5). */
export const CONTACT_REQUESTS_GRAMMAR: Grammar = {
  roots: [
    holding(CR, "contact-requests", [
      many(
        holding(CR, "contact-request", [
          maybe(textOf(CR, "display-name", STRING)),
          maybe(textOf(CR, "message", STRING)),
        ], [
          attribute("id", NC_NAME, { required: true }),
          attribute("uri", ANY_URI, { required: true }),
          attribute("direction", enumeration(["incoming", "outgoing"]), { required: true }),
          attribute("requested", DATE_TIME, { required: true }),
        ]),
      ),
    ]),
  ],
  globals: [],
};

/** The settings of a profile that nobody else sees (UPROF-2, PRI-13), each at most once and in any order. */
export const PRIVACY_FLAGS = [
  "searchable-by-number",
  "show-status",
  "locatable",
  "invisible",
  "add-contact-authorisation",
  "contacts-only",
  "polite-block",
] as const;

export const PRIVACY_GRAMMAR: Grammar = grammar([
  element(NS.privacy, "privacy", elements(all(PRIVACY_FLAGS.map((name) => maybe(flag(NS.privacy, name)))))),
]);

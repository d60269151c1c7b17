import {
  ANY_URI,
  attribute,
  choice,
  DATE,
  DATE_TIME,
  type ElementType,
  enumeration,
  type Grammar,
  many,
  maybe,
  NON_NEGATIVE_INTEGER,
  one,
  type Particle,
  STRING,
} from "../../../transport/xml/mod.ts";
import { NS } from "./identifiers.ts";
import { holding, OTHER_ATTRIBUTES, OTHERS, textOf } from "./words.ts";

/** The states of a stored message that waits for its user. */
export const DELIVERY_STATES = ["new", "notified", "retrieved", "pending-delete"] as const;

/** Particles for the vocabulary of oma-reference §5.8 in one namespace. */
function vocabulary(namespace: string) {
  const parties = (name: "recipient-list" | "conf-list"): Particle =>
    maybe(holding(
      namespace,
      name,
      [
        many(holding(namespace, "entry", [maybe(textOf(namespace, "display-name", STRING)), OTHERS], [
          attribute("uri", ANY_URI, { required: true }),
        ], OTHER_ATTRIBUTES)),
        OTHERS,
      ],
      [attribute("group-uri", ANY_URI), attribute("group-display-name", STRING)],
      OTHER_ATTRIBUTES,
    ));
  const pager = holding(namespace, "pager", [
    maybe(textOf(namespace, "time-stamp", DATE_TIME)),
    maybe(textOf(namespace, "from", ANY_URI)),
    maybe(textOf(namespace, "to", ANY_URI)),
    maybe(textOf(namespace, "auth-id", ANY_URI)),
    parties("recipient-list"),
    OTHERS,
  ]);
  const conference = holding(namespace, "conference", [
    maybe(textOf(namespace, "time-start", DATE_TIME)),
    maybe(textOf(namespace, "time-end", DATE_TIME)),
    maybe(textOf(namespace, "recording-name", STRING)),
    parties("conf-list"),
    OTHERS,
  ]);
  const history = holding(
    namespace,
    "history",
    [
      maybe(textOf(namespace, "history-reference", STRING)),
      maybe(textOf(namespace, "size", NON_NEGATIVE_INTEGER)),
      maybe(textOf(namespace, "expiry", DATE_TIME)),
      maybe(textOf(namespace, "subject", STRING)),
      maybe(textOf(namespace, "date", DATE)),
      one(choice([pager, conference])),
      OTHERS,
    ],
    [
      attribute("history-reference", STRING),
      attribute("status", enumeration(DELIVERY_STATES), { namespace: NS.delivery }),
    ],
    OTHER_ATTRIBUTES,
  );
  return (root: string): ElementType => holding(namespace, root, [many(history), OTHERS], [], OTHER_ATTRIBUTES);
}

const HISTORY = vocabulary(NS.historyList);
const DEFERRED = vocabulary(NS.deferredList);

/** The name of a recording where OMA's grammar has no place for one: in `pager`, among the elements of other namespaces. */
const PAGER_NAME = textOf(NS.history, "recording-name", STRING);

/** What is known of recorded conversations. */
export const CONV_HISTORY_GRAMMAR: Grammar = { roots: [HISTORY("history-list")], globals: [PAGER_NAME] };

/** What is known of deferred messages; both roots and both namespaces that are about (oma-reference §5.1, §5.8). */
export const DEFERRED_LIST_GRAMMAR: Grammar = {
  roots: [HISTORY("deferred-list"), HISTORY("history-list"), DEFERRED("deferred-list")],
  globals: [],
};

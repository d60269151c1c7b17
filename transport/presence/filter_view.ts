import { parseXml, type XmlDocument } from "../xml/mod.ts";
import type { EventFilter } from "./filter_set.ts";
import { firesTrigger } from "./filter_trigger.ts";
import { filteredText } from "./filter_what.ts";
import { OWN_LIMITS } from "./pidf_diff.ts";
import type { PresenceView } from "./presence_view.ts";

/** Read once for all watchers of a view that have filters, and let go with it. */
const documents = new WeakMap<PresenceView, XmlDocument>();

function documentOf(view: PresenceView): XmlDocument {
  let document = documents.get(view);
  if (document === undefined) documents.set(view, document = parseXml(view.text, OWN_LIMITS));
  return document;
}

/** `application/pidf+xml` of a view as a filter leaves it; null where nothing is left: the NOTIFY goes without a body. */
export function filteredView(view: PresenceView, { what }: EventFilter): string | null {
  return what === null ? view.text : filteredText(documentOf(view), what);
}

/**
 * Whether a filter wants to be told of a new view. `before` is the view that was told last, as it was before the filter (RFC
 * 4661 §3.6.1): what happened meanwhile and was not wanted adds up. Not to be asked for the NOTIFY after a SUBSCRIBE (RFC 4660 §5.3.1).
 */
export function wantsView({ triggers }: EventFilter, before: PresenceView, after: PresenceView): boolean {
  if (before === after || triggers.length === 0) return before !== after;
  return firesTrigger(triggers, documentOf(before), documentOf(after));
}

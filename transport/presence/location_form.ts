import { escapeXml, parseXmlFragment, type XmlElement } from "../xml/mod.ts";
import { LOCATION_LIMITS, locationOf, type PresenceLocation } from "./location.ts";
import { locationWords, mapUri, pointOf } from "./location_words.ts";
import { GEOPRIV_NAMESPACE, OMA_PRESENCE_LINKS_NAMESPACE, OWN_SCOPE, ownPrefix, PIDF_NAMESPACE } from "./names.ts";
import type { PresenceView } from "./presence_view.ts";
import type { ViewPart } from "./view_parts.ts";

/** In which form a watcher wants locations (LOC-3): in words, or as something to look at. */
export type LocationForm = "text" | "map";

/** The parameter of `Event` by which a watcher says so. */
export const LOCATION_FORM_PARAMETER = "location";

/** Links that any program with maps opens (RFC 5870), and that ask nobody outside. */
export const GEO_URI = "geo:{latitude},{longitude}";

const GEOPRIV_BIT = ownPrefix(GEOPRIV_NAMESPACE)!.bit;
const LINKS_BIT = ownPrefix(OMA_PRESENCE_LINKS_NAMESPACE)!.bit;

/** What the parameter's value means; null for nothing that is known: locations stay as they are. */
export function locationFormOf(value: string | undefined): LocationForm | null {
  const form = value?.toLowerCase();
  return form === "text" || form === "map" ? form : null;
}

/** Views with their locations in the form that watchers want; each is made once for all of them. */
export class LocationForms {
  /** Of links, with `{latitude}` and `{longitude}`. */
  readonly #template: () => string;
  readonly #made = new Map<LocationForm, WeakMap<PresenceView, PresenceView>>([
    ["text", new WeakMap()],
    ["map", new WeakMap()],
  ]);

  constructor(template: () => string = () => GEO_URI) {
    this.#template = template;
  }

  /**
   * The view with what its locations say in that form beside each of them: `text`, a note; `map`, a link of OMA's (`opd1.1:link`),
   * and a note where the location has no point. The location itself stays: how it may be used goes with it (RFC 4119 §2.2.2).
   * The same view where it has no location; nothing is said that the view does not say.
   */
  view(view: PresenceView, form: LocationForm): PresenceView {
    if ((view.bits & GEOPRIV_BIT) === 0) return view;
    const made = this.#made.get(form)!;
    let shown = made.get(view);
    if (shown === undefined) {
      const template = form === "map" ? this.#template() : null;
      made.set(view, shown = view.rewritten((part) => rewritten(part, template), form === "map" ? LINKS_BIT : 0));
    }
    return shown;
  }
}

/** `template`: of links; null: in words. */
function rewritten(part: ViewPart, template: string | null): ViewPart {
  const { text, tail } = part;
  if (!text.includes("<gp:geopriv")) return part;
  const component = parseXmlFragment(text, OWN_SCOPE, LOCATION_LIMITS);
  const kind = component.name;
  if (kind !== "tuple" && kind !== "person" && kind !== "device") return part;
  const status = component.children.find(({ name, namespace }) => name === "status" && namespace === PIDF_NAMESPACE);
  const locations = [...status?.children ?? [], ...component.children].filter(isLocation);
  let links = "";
  const words = new Set<string>();
  for (const { start, end } of locations) {
    const location = locationOf({ namespace: GEOPRIV_NAMESPACE, name: "geopriv", text: text.slice(start, end) })!;
    const link = template === null ? "" : linkTo(location, template);
    links += link;
    if (link === "") words.add(locationWords(location));
  }
  words.delete("");
  if (links === "" && words.size === 0) return part;
  const note = kind === "tuple" ? "note" : "dm:note";
  const notes = [...words].map((word) => `<${note}>${escapeXml(word)}</${note}>`).join("");
  // Links stand before contact and notes, notes before the timestamp (RFC 3863 §4.4, RFC 4479 §5.1.2).
  const at = status?.end ?? component.contentStart;
  const notesAt = text.length - tail;
  return { text: text.slice(0, at) + links + text.slice(at, notesAt) + notes + text.slice(notesAt), tail };
}

function linkTo(location: PresenceLocation, template: string): string {
  const point = pointOf(location);
  if (point === null) return "";
  const label = escapeXml(locationWords(location));
  return `<opd11:link label="${label}">${escapeXml(mapUri(template, point))}</opd11:link>`;
}

function isLocation({ name, namespace }: XmlElement): boolean {
  return name === "geopriv" && namespace === GEOPRIV_NAMESPACE;
}

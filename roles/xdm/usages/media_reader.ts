import { xmlAttribute, xmlChild, xmlChildren, type XmlElement } from "../../../transport/xml/mod.ts";
import { NS } from "./identifiers.ts";

const OXE = NS.omaExtensions;

/** Media by the names that `oxe` gives them; `all but` these where `except`. */
export interface MediaSet {
  readonly except: boolean;
  readonly media: ReadonlySet<string>;
}

/** Services by their enabler; `all but` these where `except`. */
export interface ServiceSet {
  readonly except: boolean;
  /** `media` null: all that the service has. */
  readonly services: readonly { readonly enabler: string; readonly media: MediaSet | null }[];
}

export function readMediaSet(element: XmlElement): MediaSet {
  const except = xmlChild(element, OXE, "all-media-except");
  const media = (except ?? element).children.filter((child) => child.namespace === OXE);
  return { except: except !== undefined, media: new Set(media.map((child) => child.name)) };
}

export function readServiceSet(element: XmlElement): ServiceSet {
  const except = xmlChild(element, OXE, "all-services-except");
  const services = xmlChildren(except ?? element, OXE, "service").map((service) => {
    const media = xmlChild(service, OXE, "group-media");
    return { enabler: xmlAttribute(service, "enabler") ?? "", media: media === undefined ? null : readMediaSet(media) };
  });
  return { except: except !== undefined, services };
}

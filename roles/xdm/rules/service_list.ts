import type { ListName } from "../../../transport/presence/mod.ts";
import {
  XML_NAMESPACE,
  xmlAttribute,
  xmlChild,
  xmlChildren,
  xmlCollapsed,
  type XmlElement,
} from "../../../transport/xml/mod.ts";
import type { DocumentService } from "../document_service.ts";
import type { DocumentKey } from "../usage.ts";
import { IDENTIFIERS, NS } from "../usages/identifiers.ts";
import { foldedListAddress } from "../usages/references.ts";
import { type ListLimits, ListReader, type ListSource } from "./list_reader.ts";

/** What lists of services are read from. */
export interface ServiceListSource extends ListSource {
  readonly service: Pick<DocumentService, "read" | "byServiceUri">;
}

/** Somebody in the list of a service. */
export interface ServiceListMember {
  /** As written. */
  readonly uri: string;
  readonly names: readonly ListName[];
  /** It is a list of this box that is not followed: it was already, or is somebody else's. */
  readonly isList: boolean;
}

/** The list of a service of a resource list server (RFC 4826 §4), as its owner may see it. */
export interface ServiceList {
  readonly names: readonly ListName[];
  /** In order, each once. */
  readonly members: readonly ServiceListMember[];
  /** Something lay beyond a limit and was left out. */
  readonly cut: boolean;
  /** The documents that it stands on, also those that are not there. */
  readonly documents: readonly DocumentKey[];
}

/** Documents that change while they are read are read so often. */
const ATTEMPTS = 5;

/**
 * Reads the list of the service with this URI (folded). A member that is another list of the same owner is followed in its place,
 * once. "absent" where there is no such service, "other-package" where it is not for the package. Rejects where documents cannot be
 * read.
 *
 * @param most members; what lies beyond is left out
 */
export async function readServiceList(
  source: ServiceListSource,
  uri: string,
  eventPackage: string,
  most: number,
  limits?: ListLimits,
): Promise<ServiceList | "absent" | "other-package"> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const key = source.service.byServiceUri(uri);
    if (key === undefined || key.auid !== IDENTIFIERS.rlsServices.auid) return "absent";
    const reader = new ListReader(source, key.owner, limits);
    const list = await new ServiceReading(source, reader, key.owner, eventPackage, most).read(uri);
    if (reader.current) return list;
  }
  throw new Error("the documents change faster than they can be read");
}

class ServiceReading {
  readonly #source: ServiceListSource;
  readonly #reader: ListReader;
  readonly #owner: string;
  readonly #package: string;
  readonly #most: number;
  readonly #members = new Map<string, ServiceListMember>();
  /** URIs of services. */
  readonly #followed = new Set<string>();
  #cut = false;

  constructor(source: ServiceListSource, reader: ListReader, owner: string, eventPackage: string, most: number) {
    this.#source = source;
    this.#reader = reader;
    this.#owner = owner;
    this.#package = eventPackage;
    this.#most = most;
  }

  async read(uri: string): Promise<ServiceList | "absent" | "other-package"> {
    const service = await this.#service(uri);
    if (service === null) return "absent";
    if (!isFor(service, this.#package)) return "other-package";
    this.#followed.add(uri);
    const list = await this.#listOf(service);
    if (list !== null) await this.#take(list);
    return {
      names: list === null ? [] : namesOf(list),
      members: [...this.#members.values()],
      cut: this.#cut || this.#reader.cut,
      documents: this.#reader.looked,
    };
  }

  async #take(list: XmlElement): Promise<void> {
    await this.#reader.inOrder(list, async (entry) => {
      const uri = (xmlAttribute(entry, "uri") ?? "").trim();
      const aor = foldedListAddress(uri);
      const key = aor === "" ? uri : aor;
      if (uri === "" || this.#members.has(key)) return true;
      if (this.#members.size >= this.#most) {
        this.#cut = true;
        return false;
      }
      const service = aor === "" ? undefined : this.#source.service.byServiceUri(aor);
      const isList = service?.auid === IDENTIFIERS.rlsServices.auid;
      const below = isList && service.owner === this.#owner ? await this.#below(aor) : null;
      if (below === null) this.#members.set(key, { uri, names: namesOf(entry), isList });
      else await this.#take(below);
      return !this.#cut;
    });
  }

  /** The list of a service that is a member; null where it is not to be followed. */
  async #below(uri: string): Promise<XmlElement | null> {
    if (this.#followed.has(uri)) return null;
    this.#followed.add(uri);
    const service = await this.#service(uri);
    return service === null || !isFor(service, this.#package) ? null : await this.#listOf(service);
  }

  /** The service with this URI. */
  async #service(uri: string): Promise<XmlElement | null> {
    const key = this.#source.service.byServiceUri(uri);
    if (key === undefined || key.auid !== IDENTIFIERS.rlsServices.auid) return null;
    const version = await this.#reader.own(key.auid, key.name);
    const services = version === null ? [] : xmlChildren(version.document.root, NS.rlsServices, "service");
    await this.#reader.worked(services.length);
    return services.find((service) => foldedListAddress(xmlAttribute(service, "uri") ?? "") === uri) ?? null;
  }

  async #listOf(service: XmlElement): Promise<XmlElement | null> {
    const own = xmlChild(service, NS.rlsServices, "list");
    if (own !== undefined) return own;
    const reference = xmlCollapsed(xmlChild(service, NS.rlsServices, "resource-list")?.text ?? "");
    return reference === "" ? null : await this.#reader.listAt(reference);
  }
}

function isFor(service: XmlElement, eventPackage: string): boolean {
  const packages = xmlChild(service, NS.rlsServices, "packages");
  return packages === undefined ||
    xmlChildren(packages, NS.rlsServices, "package").some(({ text }) => xmlCollapsed(text) === eventPackage);
}

function namesOf(element: XmlElement): ListName[] {
  return element.children
    .filter(({ name, namespace }) =>
      name === "display-name" && (namespace === NS.resourceLists || namespace === element.namespace)
    )
    .map((name) => ({ text: name.text.trim(), language: xmlAttribute(name, "lang", XML_NAMESPACE) ?? "" }))
    .filter(({ text }) => text !== "");
}

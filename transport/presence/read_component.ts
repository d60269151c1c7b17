import { detached } from "../../foundation/mod.ts";
import { xmlAttribute, xmlChild, type XmlElement, xmlTrim } from "../xml/mod.ts";
import { permitOf } from "./attribute_kind.ts";
import { byPlace } from "./attribute_order.ts";
import { timeOf } from "./date_time.ts";
import { identityOf, idOf, type Marks } from "./identity.ts";
import {
  DATA_MODEL_NAMESPACE,
  GEOPRIV_NAMESPACE,
  OMA_PRESENCE_EXTENSIONS_NAMESPACE,
  OMA_PRESENCE_NAMESPACE,
  PIDF_NAMESPACE,
  RPID_NAMESPACE,
} from "./names.ts";
import { OwnText } from "./own_text.ts";
import {
  bitsOf,
  type ComponentKind,
  contentOf,
  type PresenceAttribute,
  type PresenceComponent,
} from "./presence_component.ts";
import { placeIn, PRESENCE_LIMITS, PresenceProblem } from "./presence_problem.ts";

/** An attribute until its component is whole. */
type Draft = { -readonly [K in keyof PresenceAttribute]: PresenceAttribute[K] };

/** Reads one tuple, person or device. */
export class ComponentReader {
  readonly #source: string;
  readonly #salt: string;
  readonly #own: OwnText;
  readonly #ids = new Set<string>();
  /** Identities that were there already, with how often. */
  readonly #identities = new Map<string, number>();

  /** `salt`: see `idOf`. */
  constructor(source: string, salt: string) {
    this.#source = source;
    this.#salt = salt;
    this.#own = new OwnText(source);
  }

  /** Throws PresenceProblem. */
  read(kind: ComponentKind, element: XmlElement): PresenceComponent {
    const published = xmlTrim(xmlAttribute(element, "id") ?? "");
    if (published === "") this.#fail(element, `attribute id is required`);
    if (this.#ids.has(published)) this.#fail(element, `the id "${published.slice(0, 60)}" is given twice`);
    this.#ids.add(published);
    const drafts = kind === "tuple" ? this.#tuple(element) : this.#drafts(kind, element.children, false);
    if (drafts.length > PRESENCE_LIMITS.attributes) {
      const most = `at most ${PRESENCE_LIMITS.attributes} are taken`;
      this.#fail(element, `${drafts.length} elements in it; ${most}`, "too-large");
    }
    drafts.sort((a, b) => byPlace(kind, a, b));
    const marks = this.#marks(kind, element);
    let identity = identityOf(kind, marks);
    if (identity !== "") {
      const before = this.#identities.get(identity) ?? 0;
      this.#identities.set(identity, before + 1);
      // RFC 4479 §3.5: several occurrences of one thing, which the publisher tells apart by id alone.
      if (before > 0) identity += `\n${before}`;
    }
    const content = contentOf(kind, drafts);
    settle(drafts, content);
    return {
      kind,
      ids: [detached(published)],
      id: identity === "" ? "" : idOf(kind, identity, this.#salt),
      identity,
      attributes: drafts,
      content,
      bits: bitsOf(kind, drafts),
      className: marks.className,
      contact: marks.contact,
      serviceId: marks.serviceId,
      deviceIds: marks.deviceIds,
      timestamp: marks.timestamp,
    };
  }

  #draft(kind: ComponentKind, element: XmlElement, inStatus = false): Draft {
    const { namespace, name } = element;
    this.#own.write(element);
    return {
      namespace,
      name,
      text: this.#own.text,
      bits: this.#own.bits,
      inStatus,
      permit: permitOf(kind, namespace, name),
      until: endOf(element),
    };
  }

  #drafts(kind: ComponentKind, elements: readonly XmlElement[], inStatus: boolean): Draft[] {
    return elements.map((element) => this.#draft(kind, element, inStatus));
  }

  #tuple(tuple: XmlElement): Draft[] {
    const drafts: Draft[] = [];
    let status: XmlElement | null = null;
    for (const child of tuple.children) {
      if (child.name !== "status" || child.namespace !== PIDF_NAMESPACE) drafts.push(this.#draft("tuple", child));
      else {
        if (status !== null) this.#fail(child, "a second status of one tuple");
        status = child;
        drafts.push(...this.#drafts("tuple", child.children, true));
      }
    }
    if (status === null) this.#fail(tuple, "status is missing in it (RFC 3863 §4.1.2)");
    const basic = xmlChild(status, PIDF_NAMESPACE, "basic");
    if (basic !== undefined) {
      const value = xmlTrim(basic.text);
      if (value !== "open" && value !== "closed") {
        this.#fail(basic, `"${value.slice(0, 40)}" is none of open, closed`);
      }
    }
    return drafts;
  }

  /** What it is recognised by, and when it says that it became so. */
  #marks(kind: ComponentKind, element: XmlElement): Marks & { readonly timestamp: number } {
    const home = kind === "tuple" ? PIDF_NAMESPACE : DATA_MODEL_NAMESPACE;
    let className = "", contact = "", serviceId = "", serviceVersion = "";
    let timestamp: number | null = null;
    const deviceIds: string[] = [];
    for (const child of element.children) {
      const { name, namespace } = child;
      if (name === "timestamp" && namespace === home) {
        if (timestamp !== null) this.#fail(child, "a second one");
        const value = xmlTrim(child.text);
        timestamp = timeOf(value);
        if (Number.isNaN(timestamp)) this.#fail(child, `"${value.slice(0, 40)}" is no date and time`);
      } else if (name === "contact" && namespace === home) {
        if (contact !== "") this.#fail(child, "a second one");
        contact = valueOf(child);
      } else if (name === "deviceID" && namespace === DATA_MODEL_NAMESPACE) {
        if (kind === "device" && deviceIds.length > 0) this.#fail(child, "a second one");
        deviceIds.push(valueOf(child));
      } else if (name === "class" && namespace === RPID_NAMESPACE) className = valueOf(child);
      else if (name === "service-description" && namespace === OMA_PRESENCE_NAMESPACE) {
        const id = xmlChild(child, namespace, "service-id"), version = xmlChild(child, namespace, "version");
        if (id !== undefined) serviceId = valueOf(id);
        if (version !== undefined) serviceVersion = valueOf(version);
      }
    }
    if (kind === "device" && (deviceIds.length === 0 || deviceIds[0] === "")) {
      this.#fail(element, "deviceID is missing in it (RFC 4479 §5.1.2)");
    }
    return { className, contact, serviceId, serviceVersion, deviceIds, timestamp: timestamp ?? NaN };
  }

  #fail(element: XmlElement, what: string, kind: PresenceProblem["kind"] = "invalid"): never {
    throw new PresenceProblem(kind, `${placeIn(this.#source, element.start)}: ${element.name}: ${what}`);
  }
}

function valueOf(element: XmlElement): string {
  return detached(xmlTrim(element.text));
}

/**
 * Makes the attributes' texts parts of the content, so that all of a component is one text in memory, and none of the document
 * that it came in.
 */
function settle(drafts: readonly Draft[], content: string): void {
  let at = 0;
  for (const draft of drafts) {
    const start = content.indexOf(draft.text, at);
    at = start + draft.text.length;
    draft.text = content.slice(start, at);
  }
}

/** `until` (RFC 4480 §3.1; OMA's `opd:until`), or when a location may no longer be kept (RFC 4119 §2.2.2). */
function endOf(element: XmlElement): number {
  let end = "";
  if (element.name === "geopriv" && element.namespace === GEOPRIV_NAMESPACE) {
    const rules = xmlChild(element, GEOPRIV_NAMESPACE, "usage-rules");
    end = rules?.children.find(({ name }) => name === "retention-expiry")?.text ?? "";
  } else {
    end = xmlAttribute(element, "until") ?? xmlAttribute(element, "until", OMA_PRESENCE_EXTENSIONS_NAMESPACE) ?? "";
  }
  if (end === "") return Infinity;
  const at = timeOf(xmlTrim(end));
  return Number.isNaN(at) ? Infinity : at;
}

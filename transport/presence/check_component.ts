import { xmlAttribute, xmlChild, type XmlElement, xmlTrim } from "../xml/mod.ts";
import { timeOf } from "./date_time.ts";
import type { Marks } from "./identity.ts";
import { DATA_MODEL_NAMESPACE, OMA_PRESENCE_NAMESPACE, PIDF_NAMESPACE, RPID_NAMESPACE } from "./names.ts";
import type { ComponentKind } from "./presence_component.ts";
import { placeIn, PRESENCE_LIMITS, PresenceProblem } from "./presence_problem.ts";

/** A tuple, person or device that can be read. Its texts are parts of the document's. */
export interface CheckedComponent extends Marks {
  readonly kind: ComponentKind;
  readonly element: XmlElement;
  /** As it was published. */
  readonly id: string;
  /** ms since 1970; NaN where it has none. */
  readonly timestamp: number;
}

/** Looks whether the tuples, persons and devices of one document are as they must be. */
export class ComponentChecker {
  readonly #source: string;
  readonly #ids = new Set<string>();

  constructor(source: string) {
    this.#source = source;
  }

  /** Throws PresenceProblem. */
  check(kind: ComponentKind, element: XmlElement): CheckedComponent {
    const id = xmlTrim(xmlAttribute(element, "id") ?? "");
    if (id === "") this.#fail(element, `attribute id is required`);
    if (this.#ids.has(id)) this.#fail(element, `the id "${id.slice(0, 60)}" is given twice`);
    this.#ids.add(id);
    const { length } = element.children;
    // What stands in the status counts like what stands beside it.
    const attributes = kind === "tuple" ? length - 1 + this.#status(element).children.length : length;
    if (attributes > PRESENCE_LIMITS.attributes) {
      const most = `at most ${PRESENCE_LIMITS.attributes} are taken`;
      this.#fail(element, `${attributes} elements in it; ${most}`, "too-large");
    }
    return this.#marked(kind, element, id);
  }

  #status(tuple: XmlElement): XmlElement {
    let status: XmlElement | null = null;
    for (const child of tuple.children) {
      if (!isStatus(child)) continue;
      if (status !== null) this.#fail(child, "a second status of one tuple");
      status = child;
    }
    if (status === null) this.#fail(tuple, "status is missing in it (RFC 3863 §4.1.2)");
    const basic = xmlChild(status, PIDF_NAMESPACE, "basic");
    if (basic !== undefined) {
      const value = xmlTrim(basic.text);
      if (value !== "open" && value !== "closed") {
        this.#fail(basic, `"${value.slice(0, 40)}" is none of open, closed`);
      }
    }
    return status;
  }

  /** With what it is recognised by, and when it says that it became so. */
  #marked(kind: ComponentKind, element: XmlElement, id: string): CheckedComponent {
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
        contact = xmlTrim(child.text);
      } else if (name === "deviceID" && namespace === DATA_MODEL_NAMESPACE) {
        if (kind === "device" && deviceIds.length > 0) this.#fail(child, "a second one");
        deviceIds.push(xmlTrim(child.text));
      } else if (name === "class" && namespace === RPID_NAMESPACE) className = xmlTrim(child.text);
      else if (name === "service-description" && namespace === OMA_PRESENCE_NAMESPACE) {
        const service = xmlChild(child, namespace, "service-id"), version = xmlChild(child, namespace, "version");
        if (service !== undefined) serviceId = xmlTrim(service.text);
        if (version !== undefined) serviceVersion = xmlTrim(version.text);
      }
    }
    if (kind === "device" && (deviceIds.length === 0 || deviceIds[0] === "")) {
      this.#fail(element, "deviceID is missing in it (RFC 4479 §5.1.2)");
    }
    timestamp ??= NaN;
    return { kind, element, id, className, contact, serviceId, serviceVersion, deviceIds, timestamp };
  }

  #fail(element: XmlElement, what: string, kind: PresenceProblem["kind"] = "invalid"): never {
    throw new PresenceProblem(kind, `${placeIn(this.#source, element.start)}: ${element.name}: ${what}`);
  }
}

/** Of a tuple. */
export function isStatus({ name, namespace }: XmlElement): boolean {
  return name === "status" && namespace === PIDF_NAMESPACE;
}

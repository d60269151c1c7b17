import { detached } from "../../foundation/mod.ts";
import { xmlAttribute, xmlChild, type XmlElement, xmlTrim } from "../xml/mod.ts";
import { permitOf } from "./attribute_kind.ts";
import { byPlace } from "./attribute_order.ts";
import { type CheckedComponent, isStatus } from "./check_component.ts";
import { timeOf } from "./date_time.ts";
import { identityOf, idOf } from "./identity.ts";
import { GEOPRIV_NAMESPACE, OMA_PRESENCE_EXTENSIONS_NAMESPACE } from "./names.ts";
import { OwnText } from "./own_text.ts";
import {
  bitsOf,
  type ComponentKind,
  contentOf,
  type PresenceAttribute,
  type PresenceComponent,
} from "./presence_component.ts";

/** An attribute until its component is whole. */
type Draft = { -readonly [K in keyof PresenceAttribute]: PresenceAttribute[K] };

/** Reads the tuples, persons and devices of one document. */
export class ComponentReader {
  readonly #salt: string;
  readonly #own: OwnText;
  /** Identities that were there already, with how often. */
  readonly #identities = new Map<string, number>();

  /** `salt`: see `idOf`. */
  constructor(source: string, salt: string) {
    this.#salt = salt;
    this.#own = new OwnText(source);
  }

  read(checked: CheckedComponent): PresenceComponent {
    const { kind, element } = checked;
    const drafts = this.#drafts(kind, element);
    drafts.sort((a, b) => byPlace(kind, a, b));
    let identity = identityOf(kind, checked);
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
      ids: [detached(checked.id)],
      id: identity === "" ? "" : idOf(kind, identity, this.#salt),
      identity,
      attributes: drafts,
      content,
      bits: bitsOf(kind, drafts),
      className: detached(checked.className),
      contact: detached(checked.contact),
      serviceId: detached(checked.serviceId),
      deviceIds: checked.deviceIds.map(detached),
      timestamp: checked.timestamp,
    };
  }

  #drafts(kind: ComponentKind, { children }: XmlElement): Draft[] {
    const drafts: Draft[] = [];
    for (const child of children) {
      if (kind !== "tuple" || !isStatus(child)) drafts.push(this.#draft(kind, child, false));
      else for (const inside of child.children) drafts.push(this.#draft(kind, inside, true));
    }
    return drafts;
  }

  #draft(kind: ComponentKind, element: XmlElement, inStatus: boolean): Draft {
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

import { ALWAYS, permissionBit, UNKNOWN, USER_INPUT } from "./attribute_kind.ts";
import { uriKey } from "./identity.ts";
import { saysLocation } from "./location.ts";
import type { PresenceAttribute, PresenceComponent } from "./presence_component.ts";
import {
  type OccurrenceSelector,
  providedKey,
  type ProvidedPresence,
  type ProvidedUserInput,
} from "./provided_presence.ts";

/** What a watcher may see, made ready for asking: once for a set of permissions, not for each view. */
export class PresenceRights {
  /** Equal for permissions that show the same. */
  readonly key: string;
  /** Every attribute, unknown ones included; but for location where that is withheld. */
  readonly allAttributes: boolean;
  readonly allPersons: boolean;
  /** Where somebody is, is not shown, whatever else is: neither as `geopriv` nor within any other element. */
  readonly withholdsLocation: boolean;
  readonly #services: ReadonlySet<string> | null;
  readonly #persons: ReadonlySet<string> | null;
  readonly #devices: ReadonlySet<string> | null;
  readonly #bits: number;
  readonly #userInput: ProvidedUserInput;
  readonly #unknown: ReadonlySet<string>;

  /** @param options.location false: location is withheld, whatever is provided */
  constructor(provided: ProvidedPresence, { location = true }: { readonly location?: boolean } = {}) {
    this.key = location ? providedKey(provided) : `${providedKey(provided)} but location`;
    this.withholdsLocation = !location;
    this.allAttributes = provided.attributes === "all";
    this.allPersons = provided.persons === "all";
    this.#services = selected(provided.services);
    this.#persons = selected(provided.persons);
    this.#devices = selected(provided.devices);
    let bits = 0;
    if (provided.attributes !== "all") { for (const one of provided.attributes) bits |= permissionBit(one); }
    this.#bits = bits;
    this.#userInput = provided.userInput;
    this.#unknown = new Set(provided.unknown.map(({ namespace, name }) => `${namespace} ${name}`));
  }

  /** Whether it may be seen at all (RFC 5025 §3.3.1). */
  sees(component: PresenceComponent): boolean {
    const { kind, className, contact, deviceIds, serviceId } = component;
    const set = kind === "tuple" ? this.#services : kind === "person" ? this.#persons : this.#devices;
    if (set === null) return true;
    if (set.size === 0) return false;
    if (className !== "" && set.has(`class ${className}`)) return true;
    for (const id of component.ids) if (set.has(`occurrence-id ${id}`)) return true;
    if (set.has(`occurrence-id ${component.id}`)) return true;
    if (kind === "device") return deviceIds.some((id) => set.has(`deviceID ${uriKey(id)}`));
    if (kind === "person") return false;
    if (serviceId !== "" && set.has(`service-id ${serviceId}`)) return true;
    if (contact === "") return false;
    return set.has(`service-uri ${uriKey(contact)}`) ||
      set.has(`service-uri-scheme ${contact.slice(0, Math.max(contact.indexOf(":"), 0))}`);
  }

  /** What is seen of an attribute of a component that is: its text, part of it, "" for nothing (§3.3.2). */
  shown(attribute: PresenceAttribute): string {
    const { permit, text } = attribute;
    if (this.withholdsLocation && saysLocation(attribute)) return "";
    if (this.allAttributes || permit === ALWAYS) return text;
    if (permit === USER_INPUT) return userInputAs(this.#userInput, text);
    if (permit === UNKNOWN) return this.#unknown.has(`${attribute.namespace} ${attribute.name}`) ? text : "";
    return (this.#bits & permit) !== 0 ? text : "";
  }

  get seesNotes(): boolean {
    return this.allAttributes || (this.#bits & permissionBit("note")) !== 0;
  }
}

function selected(selectors: "all" | readonly OccurrenceSelector<string>[]): ReadonlySet<string> | null {
  if (selectors === "all") return null;
  return new Set(selectors.map(({ by, value }) => {
    const isUri = by === "service-uri" || by === "deviceID";
    return `${by} ${isUri ? uriKey(value) : value}`;
  }));
}

/** As OwnText writes it; an element that stayed in its publisher's words could tell anything, and is shown in full or not. */
const USER_INPUT_TAG = /^<rpid:user-input((?: [\w.:-]+="[^"<>]*")*)(\/?>)/;

/**
 * RFC 5025 §3.3.2.12. `since` there is RPID's `last-input` (RFC 4480 §3.14), and what other attributes say may tell as much:
 * but for `idle-threshold` none is kept.
 */
function userInputAs(provided: ProvidedUserInput, text: string): string {
  if (provided === "full") return text;
  const tag = provided === "false" ? null : USER_INPUT_TAG.exec(text);
  if (tag === null) return "";
  const threshold = provided === "thresholds" ? / idle-threshold="[^"]*"/.exec(tag[1])?.[0] ?? "" : "";
  return `<rpid:user-input${threshold}${text.slice(tag[0].length - tag[2].length)}`;
}

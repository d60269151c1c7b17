import { ATTRIBUTE_PERMISSIONS, type AttributePermission } from "./attribute_kind.ts";

/** How one permission names tuples, persons or devices (RFC 5025 §3.3.1; `service-id` is OMA's). */
export interface OccurrenceSelector<By extends string> {
  readonly by: By;
  readonly value: string;
}

export type DeviceSelector = OccurrenceSelector<"class" | "occurrence-id" | "deviceID">;
export type PersonSelector = OccurrenceSelector<"class" | "occurrence-id">;
export type ServiceSelector = OccurrenceSelector<
  "class" | "occurrence-id" | "service-uri" | "service-uri-scheme" | "service-id"
>;

/** `user-input` from least to most (RFC 5025 §3.3.2.12). */
export const USER_INPUT_VALUES = ["false", "bare", "thresholds", "full"] as const;
export type ProvidedUserInput = (typeof USER_INPUT_VALUES)[number];

/**
 * What a watcher may see: the transformations of all rules that apply to it, combined (RFC 4745 §10.2). Plain data. Nothing is
 * shown that is not in here; what is in none of the lists does not exist for the watcher.
 */
export interface ProvidedPresence {
  readonly services: "all" | readonly ServiceSelector[];
  readonly persons: "all" | readonly PersonSelector[];
  readonly devices: "all" | readonly DeviceSelector[];
  /** `all`: provide-all-attributes, which is everything there is, location and unknown elements included (RFC 5025 §3.3.2.15). */
  readonly attributes: "all" | readonly AttributePermission[];
  readonly userInput: ProvidedUserInput;
  /** Of `provide-unknown-attribute`. */
  readonly unknown: readonly { readonly namespace: string; readonly name: string }[];
}

export const NOTHING_PROVIDED: ProvidedPresence = {
  services: [],
  persons: [],
  devices: [],
  attributes: [],
  userInput: "false",
  unknown: [],
};

export const EVERYTHING_PROVIDED: ProvidedPresence = {
  services: "all",
  persons: "all",
  devices: "all",
  attributes: "all",
  userInput: "full",
  unknown: [],
};

/** What either of two rules provides: sets are joined, of values the greater counts (RFC 4745 §10.2). */
export function eitherProvided(a: ProvidedPresence, b: ProvidedPresence): ProvidedPresence {
  return {
    services: joined(a.services, b.services),
    persons: joined(a.persons, b.persons),
    devices: joined(a.devices, b.devices),
    attributes: joined(a.attributes, b.attributes),
    userInput: USER_INPUT_VALUES.indexOf(a.userInput) > USER_INPUT_VALUES.indexOf(b.userInput)
      ? a.userInput
      : b.userInput,
    unknown: [...a.unknown, ...b.unknown],
  };
}

function joined<T>(a: "all" | readonly T[], b: "all" | readonly T[]): "all" | readonly T[] {
  return a === "all" || b === "all" ? "all" : [...a, ...b];
}

/** One text for all permissions that show the same: their order and repetitions do not matter. */
export function providedKey(provided: ProvidedPresence): string {
  const { services, persons, devices, attributes, userInput, unknown } = provided;
  const all = attributes === "all";
  return JSON.stringify([
    selectorKeys(services),
    selectorKeys(persons),
    selectorKeys(devices),
    all ? "all" : ATTRIBUTE_PERMISSIONS.filter((permission) => attributes.includes(permission)),
    all ? "full" : userInput,
    all ? [] : [...new Set(unknown.map(({ namespace, name }) => `${namespace} ${name}`))].sort(),
  ]);
}

function selectorKeys(selectors: "all" | readonly OccurrenceSelector<string>[]): "all" | string[] {
  return selectors === "all" ? "all" : [...new Set(selectors.map(({ by, value }) => `${by} ${value}`))].sort();
}

import type { GruuEpoch, HeldBinding, StoredRegistration } from "./held_binding.ts";

/** A stored value as it was written; null when it is none of ours. Read at start only, from a store that is sealed. */
export function storedRegistration(value: unknown): StoredRegistration | null {
  if (!isRecord(value) || value.v !== 1 || !Array.isArray(value.bindings) || !Array.isArray(value.gruus)) return null;
  if (!value.bindings.every(isBinding) || !value.gruus.every(isEpoch)) return null;
  return { v: 1, bindings: value.bindings, gruus: value.gruus };
}

function isBinding(value: unknown): value is HeldBinding {
  return isRecord(value) && TEXTS.every((name) => typeof value[name] === "string") &&
    NUMBERS.every((name) => typeof value[name] === "number") && typeof value.flowOnly === "boolean" &&
    Array.isArray(value.path) && value.path.every((route) => typeof route === "string") && isRecord(value.source) &&
    typeof value.source.host === "string" && typeof value.source.port === "number";
}

function isEpoch(value: unknown): value is GruuEpoch {
  return isRecord(value) && typeof value.instance === "string" && typeof value.index === "number" &&
    typeof value.firstCseq === "number" && typeof value.latest === "string";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

const TEXTS = ["contact", "params", "instance", "callId", "transport", "userAgent", "accessNetwork"] as const;
const NUMBERS = ["q", "regId", "cseq", "expiresAt", "registeredAt", "flowId", "id"] as const;

import type { ContentPolicy } from "../../deferred/mod.ts";
import { intersectTypes } from "../../../transport/payload/mod.ts";
import type { SessionKind } from "../../session_media/mod.ts";
import { ruleFor } from "../content_rules.ts";
import type { SessionSettings } from "./session_settings.ts";

/** What a message of a type may be: its octets; 0 where the type is refused. `inSession`: as one of many, not by itself. */
export function limitFor(type: string, settings: SessionSettings, inSession: boolean): number {
  const rule = ruleFor(type, settings.types);
  if (rule === null) return NOTICES.has(type) ? settings.maxMessage : 0;
  return Math.min(rule.maxBytes, inSession && isText(type) ? settings.maxMessage : settings.maxContent);
}

/** What says something by itself, and small: the limit of text messages is for it. A wrapper's is that of what it may hold. */
function isText(type: string): boolean {
  return type.startsWith("text/") || NOTICES.has(type);
}

/** Is typing, delivered, displayed: no content of anybody's, so policy about content does not take them away. */
const NOTICES: ReadonlySet<string> = new Set(["application/im-iscomposing+xml", "message/imdn+xml"]);
/** What is in it decides. */
const WRAPPER = "message/cpim";

/** Most octets of one message in a session of that kind, where these types are accepted: what `a=max-size` says. */
export function largest(accepted: readonly string[], kind: SessionKind, settings: SessionSettings): number {
  if (kind !== "session") return biggest(accepted, settings, false);
  return biggest(accepted, settings, true);
}

function biggest(accepted: readonly string[], settings: SessionSettings, inSession: boolean): number {
  let most = 0;
  for (const type of accepted) {
    const limit = type === "*" || type === WRAPPER ? highest(settings) : limitFor(type, settings, inSession);
    if (limit > most) most = limit;
  }
  return most;
}

/** Octets of one message of the type that may have most. */
function highest({ types, maxContent }: SessionSettings): number {
  let most = 0;
  for (const { maxBytes } of types) most = Math.max(most, Math.min(maxBytes, maxContent));
  return most;
}

/** Those of the types that policy admits. */
export function admitted(types: readonly string[], settings: SessionSettings): readonly string[] {
  if (allowsAll(settings)) return types.includes("*/*") ? types.map((type) => type === "*/*" ? "*" : type) : types;
  return intersectTypes(types, [...settings.types.map((rule) => rule.type), WRAPPER, ...NOTICES]);
}

function allowsAll({ types }: SessionSettings): boolean {
  for (const { type } of types) if (type === "*/*" || type === "*") return true;
  return false;
}

/** What is allowed, for an Accept header or a Warning. */
export function allowedTypes(settings: SessionSettings): string {
  return settings.types.map((rule) => rule.type).join(", ");
}

/** The same rules for whoever takes messages in the recipient's place. */
export function contentPolicy(settings: SessionSettings): ContentPolicy {
  return {
    admitted: (types) => admitted(types, settings),
    limitFor: (type, inSession) => limitFor(type, settings, inSession),
    largest: (accepted, kind) => largest(accepted, kind, settings),
  };
}

import { signal } from "@preact/signals-core";
import { mediaType } from "../../../transport/payload/mod.ts";
import { locationOf, parsePresence, PIDF_TYPE, writePresence } from "../../../transport/presence/mod.ts";
import type { FilePart, LocationPart, MessagePart } from "../../model/mod.ts";
import { locationObject, locationPart } from "../people/location_object.ts";

/** Pictures that a browser shows and that run nothing. */
const PICTURE = /^image\/(?:png|jpeg|gif|webp|avif|bmp)$/;
/** Characters of a file's name. */
const NAME = 150;

export function isPicture(type: string): boolean {
  return PICTURE.test(mediaType(type));
}

/** What a message of somebody shows. `text`: its body where it is text, else "". */
export function partOf(contentType: string, body: Uint8Array, text: string): MessagePart {
  const type = mediaType(contentType);
  if (type === "text/html") return { kind: "text", text: plainText(text) };
  if (type.startsWith("text/")) return { kind: "text", text };
  if (PICTURE.test(type)) return picture(type, body.length, () => Promise.resolve(blobOf(body, type)));
  return (type === PIDF_TYPE ? placeIn(body) : null) ?? { kind: "unreadable", type, size: body.length };
}

export function picture(type: string, size: number, open: () => Promise<Blob | null>): MessagePart {
  return { kind: "picture", type, size, open };
}

/** A file that is there already: of the service's record. */
export function keptFile(name: string, type: string, size: number, open: () => Promise<Blob | null>): FilePart {
  const idle = () => {};
  return {
    kind: "file",
    name: safeName(name),
    size,
    type,
    state: signal("ready" as const),
    moved: signal(size),
    problem: signal(null),
    open,
    accept: idle,
    refuse: idle,
    cancel: idle,
  };
}

/** A name without path, controls, and what turns the direction of text: `gpj.exe` must not be seen as `exe.jpg`. */
export function safeName(name: string): string {
  const last = name.toWellFormed().split(/[/\\]/).at(-1)!.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, "").trim();
  const plain = last.replace(/^\.+$/, "");
  if (plain.length <= NAME) return plain === "" ? "file" : plain;
  // What it is said to be stays to be seen.
  const ending = /\.[^.]{1,12}$/.exec(plain)?.[0] ?? "";
  return plain.slice(0, NAME - 1 - ending.length).toWellFormed() + "…" + ending;
}

/** Where somebody is, as a body for one who is to know (RFC 4119). */
export function locationText(entity: string, location: Omit<LocationPart, "kind">): string {
  return writePresence({ entity, persons: [{ id: "here", location: locationObject(location) }] });
}

/** Null for what tells no place. */
export function placeIn(body: Uint8Array | string): LocationPart | null {
  try {
    for (const { attributes } of parsePresence(body).components) {
      for (const attribute of attributes) {
        const location = locationOf(attribute);
        const part = location === null ? null : locationPart(location);
        if (part !== null) return part;
      }
    }
    return null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The words of HTML, without what is markup. It is shown as text, whatever is left of it. */
function plainText(html: string): string {
  const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " " };
  return html
    .replace(/<(script|style)\b[^]*?(?:<\/\1\s*>|$)/gi, "")
    .replace(/<(?:br|\/p|\/div|\/li|\/h[1-6])\b[^>]*>/gi, "\n")
    .replace(/<[^<>]*>/g, "")
    .replace(/&(\w{2,6});/g, (all, name: string) => entities[name.toLowerCase()] ?? all)
    .trim();
}

function blobOf(body: Uint8Array, type: string): Blob {
  return new Blob([body as Uint8Array<ArrayBuffer>], { type });
}

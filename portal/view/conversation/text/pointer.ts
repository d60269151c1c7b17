/** What a link leads to, by the name that it ends with. */
export type PointerKind = "picture" | "video" | "sound" | "document" | "file";

/** Content that lies elsewhere (MMD-4): it is told where, and nothing is fetched before somebody asks for it. */
export interface Pointer {
  readonly kind: PointerKind;
  /** The last part of the path, decoded, without what could mislead. */
  readonly name: string;
  readonly host: string;
  readonly href: string;
}

const KINDS: Readonly<Record<PointerKind, RegExp>> = {
  picture: /^(?:png|jpe?g|gif|webp|avif|heic|svg|tiff?|bmp)$/,
  video: /^(?:mp4|m4v|mov|webm|mkv|avi|3gp)$/,
  sound: /^(?:mp3|m4a|ogg|opus|wav|flac|amr|aac)$/,
  document: /^(?:pdf|docx?|odt|xlsx?|ods|pptx?|odp|txt|csv|epub|rtf)$/,
  file: /^(?:zip|7z|tar|t?gz|rar|iso|apk|dmg|exe|msi|deb|rpm|jar|bin)$/,
};

/** Null for a link to a page. */
export function pointerOf(href: string): Pointer | null {
  const { pathname, host } = new URL(href);
  const last = pathname.split("/").at(-1) ?? "";
  const ending = /\.([a-z0-9]{2,5})$/i.exec(last)?.[1].toLowerCase();
  if (ending === undefined) return null;
  for (const kind of Object.keys(KINDS) as PointerKind[]) {
    if (KINDS[kind].test(ending)) return { kind, name: readable(last), host, href };
  }
  return null;
}

function readable(encoded: string): string {
  try {
    return decodeURIComponent(encoded).replace(/[\p{Cc}\p{Cf}]/gu, "").slice(0, 120);
  } catch (error) {
    if (error instanceof URIError) return encoded.slice(0, 120);
    throw error;
  }
}

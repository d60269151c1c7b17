import { randomHex } from "../../foundation/mod.ts";

const KEY = "parley:instance";

/** What a page tells of its coming and going: `globalThis` of a browser. */
type Page = Pick<EventTarget, "addEventListener">;

/**
 * The `+sip.instance` of this tab (RFC 5626 §4.1): the same when it is loaded again, so that it takes the place of its own registration.
 * A browser gives a tab that is duplicated the first one's session storage; so the name stands there only between two pages of one tab,
 * where nobody can copy it from a tab that lives. `storage`: null where there is none.
 */
export function tabInstance(storage: Storage | null, page: Page): string {
  const known = storage?.getItem(KEY) ?? "";
  const instance = /^urn:uuid:[0-9a-f-]{36}$/.test(known) ? known : newInstance();
  storage?.removeItem(KEY);
  page.addEventListener("pagehide", () => storage?.setItem(KEY, instance));
  // It was kept as it stood, and is looked at again.
  page.addEventListener("pageshow", () => storage?.removeItem(KEY));
  return instance;
}

/** `urn:uuid:…` of version 4 (RFC 9562). Pages that came without TLS have no `crypto.randomUUID`. */
export function newInstance(): string {
  const hex = randomHex(16);
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}

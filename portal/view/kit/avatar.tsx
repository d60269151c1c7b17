import { presenceText } from "./presence_text.ts";

/** A round mark of somebody, in a colour of their own. `presence`: a status of PresenceModel, as a dot with its word as tip. */
export function Avatar({ name, uri, presence }: { name: string; uri: string; presence?: string }) {
  return (
    <span class="avatar" aria-hidden="true" style={{ "--hue": hueOf(uri) }}>
      <span>{initialsOf(name)}</span>
      {presence !== undefined && <i class={`dot ${presence}`} title={presenceText(presence)} />}
    </span>
  );
}

/** First letters of the first and the last word. */
export function initialsOf(name: string): string {
  const words = name.split(/[\s@._-]+/u).map((word) => word.replace(/[^\p{L}\p{N}]/gu, "")).filter(Boolean);
  const [first, last] = [words[0], words.length > 1 ? words.at(-1) : undefined];
  return ([...first ?? ""].slice(0, 1).join("") + [...last ?? ""].slice(0, 1).join("")).toLocaleUpperCase() || "?";
}

function hueOf(uri: string): number {
  let sum = 7;
  for (let at = 0; at < uri.length; at++) sum = (sum * 31 + uri.charCodeAt(at)) % 3600;
  return sum % 360;
}

import { digits } from "../digits.ts";
import { attribute, withoutAttributes } from "./attributes.ts";
import { type FileSelector, parseFileSelector, writeFileSelector } from "./file_selector.ts";
import { withAttribute } from "./lines_edit.ts";
import { isSdpToken } from "./session_description.ts";

/** Everything a media section says of a file to be sent or fetched (RFC 5547 §6). */
export interface FileOffer {
  readonly selector: FileSelector;
  /** The same in a later offer: the same transfer goes on; another one: another transfer (§8.1). */
  readonly transferId?: string;
  /** `attachment`, `render` or another token (§7). */
  readonly disposition?: string;
  readonly dates?: FileDates;
  /** Content-ID of the body part with a small picture of it, without `<>` (RFC 2392). */
  readonly icon?: string;
  readonly range?: FileRange;
}

/** Dates as RFC 5322 §3.3 writes them, with a numeric zone: `Mon, 15 May 2006 15:01:31 +0300`. */
export interface FileDates {
  readonly creation?: string;
  readonly modification?: string;
  readonly read?: string;
}

/** Octets of a file, the first is 1. */
export interface FileRange {
  readonly start: number;
  /** The last octet; null: to the end. */
  readonly stop: number | null;
}

const NAMES = [
  "file-selector",
  "file-transfer-id",
  "file-disposition",
  "file-date",
  "file-icon",
  "file-range",
] as const;

/** The file of a section; undefined when it has no `a=file-selector`. Throws SyntaxError for malformed attributes. */
export function fileOfferIn(lines: readonly string[]): FileOffer | undefined {
  const selector = attribute(lines, "file-selector");
  if (selector === undefined) return undefined;
  const transferId = token(lines, "file-transfer-id");
  const disposition = token(lines, "file-disposition");
  const dates = attribute(lines, "file-date");
  const icon = attribute(lines, "file-icon");
  const range = attribute(lines, "file-range");
  return {
    selector: parseFileSelector(selector),
    ...(transferId !== undefined && { transferId }),
    ...(disposition !== undefined && { disposition }),
    ...(dates !== undefined && { dates: parseFileDates(dates) }),
    ...(icon !== undefined && { icon: parseCid(icon) }),
    ...(range !== undefined && { range: parseFileRange(range) }),
  };
}

/** Lines with exactly this file in them; undefined takes it out. */
export function withFileOffer(lines: readonly string[], file: FileOffer | undefined): string[] {
  if (file === undefined) return withoutAttributes(lines, ...NAMES);
  const { selector, transferId, disposition, dates, icon, range } = file;
  const values = [
    writeFileSelector(selector) || null,
    transferId,
    disposition,
    dates && writeFileDates(dates),
    icon === undefined ? undefined : writeCid(icon),
    range && writeFileRange(range),
  ];
  return NAMES.reduce<readonly string[]>(
    (result, name, i) =>
      values[i] === undefined ? withoutAttributes(result, name) : withAttribute(result, name, values[i]!),
    lines,
  ) as string[];
}

/** `1-*`, `1001-4096` (RFC 5547 §6). Throws SyntaxError. */
export function parseFileRange(text: string): FileRange {
  const dash = text.indexOf("-");
  const start = digits(text.slice(0, Math.max(dash, 0)), Number.MAX_SAFE_INTEGER);
  const stop = text.slice(dash + 1) === "*" ? null : digits(text.slice(dash + 1), Number.MAX_SAFE_INTEGER);
  if (start < 1 || (stop !== null && stop < start)) throw new SyntaxError("file-range is not start-stop");
  return { start, stop };
}

export function writeFileRange({ start, stop }: FileRange): string {
  return `${start}-${stop ?? "*"}`;
}

const DATE = /^(creation|modification|read):"([^"]{1,64})"$/;

/** Throws SyntaxError for what is no date parameter, and for one that is given twice. */
export function parseFileDates(text: string): FileDates {
  const dates: Record<string, string> = {};
  for (const part of text.match(/[^\s"]*"[^"]*"|[^\s]+/g) ?? []) {
    const found = DATE.exec(part);
    if (found === null) throw new SyntaxError("file-date is malformed");
    if (dates[found[1]] !== undefined) throw new SyntaxError(`file-date with two ${found[1]} dates`);
    dates[found[1]] = found[2];
  }
  return dates;
}

export function writeFileDates(dates: FileDates): string {
  const parts: string[] = [];
  for (const name of ["creation", "modification", "read"] as const) {
    if (dates[name] !== undefined) parts.push(`${name}:"${dates[name].replace(/["\r\n]/g, "")}"`);
  }
  return parts.join(" ");
}

const CID = /^cid:([^\s<>"]{1,512})$/i;

/** The Content-ID that a `cid:` URL names (RFC 2392), without `<>`. Throws SyntaxError. */
export function parseCid(url: string): string {
  const found = CID.exec(url);
  if (found === null) throw new SyntaxError("not a cid: URL");
  return found[1].replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}

/** The `cid:` URL of a Content-ID, given with or without `<>`. */
export function writeCid(contentId: string): string {
  const bare = contentId.replace(/^<|>$/g, "");
  return "cid:" + bare.replace(
    /[^A-Za-z0-9\-._~!$&'()*+,;=:@]/g,
    (c) => `%${c.charCodeAt(0).toString(16).padStart(2, "0").toUpperCase()}`,
  );
}

function token(lines: readonly string[], name: string): string | undefined {
  const value = attribute(lines, name);
  if (value !== undefined && !isSdpToken(value)) throw new SyntaxError(`${name} is no token`);
  return value;
}

import { Buffer } from "node:buffer";
import { concatBytes } from "../foundation/mod.ts";
import { fileInfo } from "./kv/durable_file.ts";

/** A value of the store that was found in its file, in use or left behind. */
export interface FoundValue {
  readonly key: Deno.KvKey;
  /** As much of it as can be put together. */
  readonly value: Uint8Array;
}

/** A page as it stands somewhere: `at` is 0 in the database itself, the number of the frame in the log. */
interface PageImage {
  readonly at: number;
  readonly page: number;
  readonly octets: Buffer;
}

const WAL_HEAD = 32;
const FRAME_HEAD = 24;
/** Parts of the keys whose values are looked for: text or number. */
const SHAPES: readonly (readonly [name: string, ...parts: ("text" | "number")[]])[] = [
  ["log", "text", "number", "number"],
  ["history", "number", "number"],
  ["content", "text", "number"],
];
/** What stands between the serial type of the value and the key: encoding, version, sequence and expiry. */
const LAST_COLUMNS = 4;

/**
 * Every value in every page of a SQLite file and of its write-ahead log, those in free pages, in gaps between cells and in frames of
 * older commits included (https://www.sqlite.org/fileformat2.html, 1.6, 2.1 and 4.1). Keys are found by how they begin, wherever they stand;
 * the rest of a value by its chain of overflow pages, each as it stands nearest to where the key was found. For tests only.
 */
export function foundValues(database: string): FoundValue[] {
  const file = Buffer.from(Deno.readFileSync(database));
  const size = file.readUInt16BE(16) === 1 ? 65536 : file.readUInt16BE(16);
  const images: PageImage[] = [];
  for (let page = 1; page * size <= file.length; page++) {
    images.push({ at: 0, page, octets: file.subarray((page - 1) * size, page * size) });
  }
  const wal = fileInfo(`${database}-wal`) === null
    ? Buffer.alloc(0)
    : Buffer.from(Deno.readFileSync(`${database}-wal`));
  for (let at = 1;; at++) {
    const start = WAL_HEAD + (at - 1) * (FRAME_HEAD + size);
    if (start + FRAME_HEAD + size > wal.length) break;
    const octets = wal.subarray(start + FRAME_HEAD, start + FRAME_HEAD + size);
    images.push({ at, page: wal.readUInt32BE(start), octets });
  }
  const byPage = Map.groupBy(images, ({ page }) => page);
  const found = new Map<string, FoundValue>();
  for (const image of images) {
    for (const shape of SHAPES) {
      for (const one of valuesIn(image, shape, byPage)) found.set(`${one.key.join()} ${one.value.toHex()}`, one);
    }
  }
  return [...found.values()];
}

type Pages = ReadonlyMap<number, readonly PageImage[]>;

function* valuesIn(image: PageImage, shape: typeof SHAPES[number], pages: Pages): Iterable<FoundValue> {
  const { octets } = image;
  const begin = Buffer.from(`\x02${shape[0]}\0`, "latin1");
  for (let at = octets.indexOf(begin); at >= 0; at = octets.indexOf(begin, at + 1)) {
    const key: (string | number)[] = [shape[0]];
    let end = at + begin.length;
    for (const part of shape.slice(1)) {
      const from = end + 1;
      if (part === "text") {
        const to = octets.indexOf(0, from);
        if (octets[end] !== 2 || to < 0) break;
        key.push(octets.toString("utf8", from, to));
        end = to + 1;
      } else {
        if (octets[end] !== 0x21 || from + 8 > octets.length) break;
        // A double whose sign is turned round, so that it sorts.
        const number = Buffer.from(octets.subarray(from, from + 8));
        number[0] ^= 0x80;
        key.push(number.readDoubleBE(0));
        end = from + 8;
      }
    }
    const value = key.length === shape.length ? valueBehind(image, at, end, pages) : null;
    if (value !== null) yield { key, value };
  }
}

/** The value behind a key that stands from `at` to `end`; null where no record does. */
function valueBehind(image: PageImage, at: number, end: number, pages: Pages): Uint8Array | null {
  const { octets } = image;
  const last = octets.subarray(Math.max(0, at - LAST_COLUMNS), at);
  // Before the last columns: the serial type of the value. What stands before that a free block may have written over.
  let first = at - LAST_COLUMNS - 1;
  if (first < 3 || last.some((type) => type > 9)) return null;
  while (octets[first - 1] >= 0x80 && at - first < LAST_COLUMNS + 3) first--;
  let type = 0;
  for (const octet of octets.subarray(first, at - LAST_COLUMNS)) type = type * 128 + (octet & 0x7f);
  if (type < 12 || type % 2 !== 0) return null;
  const length = (type - 12) / 2;
  const key = end - at;
  const head = 1 + (2 * key + 12 < 128 ? 1 : 2) + (at - first);
  const payload = head + key + length + last.reduce((sum, one) => sum + [0, 1, 2, 3, 4, 6, 8, 8, 0, 0][one], 0);
  const local = localOctets(payload, octets.length) - head - key;
  if (local >= length) return new Uint8Array(octets.subarray(end, end + length));
  const parts: Uint8Array[] = [octets.subarray(end, Math.min(end + local, octets.length))];
  let left = length - local;
  if (end + local + 4 > octets.length) return concatBytes(parts);
  for (let next = octets.readUInt32BE(end + local); next !== 0 && left > 0;) {
    const page = nearest(pages.get(next) ?? [], image.at);
    if (page === null) break;
    parts.push(page.octets.subarray(4, Math.min(page.octets.length, 4 + left)));
    left -= page.octets.length - 4;
    next = page.octets.readUInt32BE(0);
  }
  return concatBytes(parts);
}

/** Of a payload of an index page, what is not in overflow pages. */
function localOctets(payload: number, usable: number): number {
  const most = Math.floor((usable - 12) * 64 / 255) - 23;
  if (payload <= most) return payload;
  const least = Math.floor((usable - 12) * 32 / 255) - 23;
  const some = least + (payload - least) % (usable - 4);
  return some <= most ? some : least;
}

function nearest(images: readonly PageImage[], at: number): PageImage | null {
  let best: PageImage | null = null;
  for (const image of images) if (best === null || Math.abs(image.at - at) < Math.abs(best.at - at)) best = image;
  return best;
}

import type { Log } from "../foundation/mod.ts";

/** The GNU C library: of it alone the numbers below hold. */
const LIBC = "libc.so.6";
const SYMBOLS = {
  malloc_trim: { parameters: ["usize"], result: "i32" },
  getauxval: { parameters: ["usize"], result: "usize" },
  madvise: { parameters: ["usize", "usize", "i32"], result: "i32" },
} as const;
type Libc = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

const AT_PHDR = 3n, AT_PHENT = 4n, AT_PHNUM = 5n, AT_PAGESZ = 6n;
const PT_LOAD = 1, PT_PHDR = 6;
const PF_W = 2;
const MADV_DONTNEED = 4;

/**
 * Makes the function that gives back what a start or a burst took and quiet serving does not need. Each step only where the
 * system offers it: garbage, which an idle box would never collect; what the C library keeps of memory that was freed; and the
 * pages of the runtime's program that are in memory only because they once ran or were read. Those are unchanged pages of a
 * file: one that is needed again comes from the page cache, as a rule without a disk read. Takes some 20 to 100 ms.
 */
export function memoryReturn(log: Log): () => void {
  const { gc } = globalThis as { gc?: (options: { type: string; execution: string; flavor: string }) => void };
  const libc = openLibc(log);
  const segments = libc === null ? [] : readOnlySegments(libc);
  return () => {
    gc?.({ type: "major", execution: "sync", flavor: "last-resort" });
    if (libc === null) return;
    libc.malloc_trim(0n);
    for (const { start, length } of segments) libc.madvise(start, length, MADV_DONTNEED);
  };
}

/** The calls, or null where there are none: another system or C library, or no permission. */
function openLibc(log: Log): Libc | null {
  const { os, arch } = Deno.build;
  if (os !== "linux" || (arch !== "x86_64" && arch !== "aarch64")) return null;
  if (Deno.permissions.querySync({ name: "ffi", path: LIBC }).state !== "granted") return null;
  try {
    return Deno.dlopen(LIBC, SYMBOLS).symbols;
  } catch (error) {
    log.debug("memory that was freed stays with the process", { reason: (error as Error).message });
    return null;
  }
}

/** A range of whole pages. */
export interface PageRange {
  readonly start: bigint;
  readonly length: bigint;
}

/** Loaded segments of the running program that nothing may write (System V ABI, "Program Loading"; elf(5), 64-bit). */
export function readOnlySegments(symbols: Pick<Libc, "getauxval">): PageRange[] {
  const [at, size, count, page] = [AT_PHDR, AT_PHENT, AT_PHNUM, AT_PAGESZ].map((type) => symbols.getauxval(type));
  const pointer = Deno.UnsafePointer.create(at);
  if (pointer === null || page === 0n) return [];
  const table = new DataView(new Deno.UnsafePointerView(pointer).getArrayBuffer(Number(size * count)));
  return segmentsIn(table, Number(size), at, page);
}

/** `table`: the program headers, which stand at the address `at`; each `size` octets long. */
export function segmentsIn(table: DataView, size: number, at: bigint, page: bigint): PageRange[] {
  const entries = Array.from({ length: Math.floor(table.byteLength / size) }, (_, i) => ({
    type: table.getUint32(i * size, true),
    flags: table.getUint32(i * size + 4, true),
    address: table.getBigUint64(i * size + 16, true),
    length: table.getBigUint64(i * size + 40, true),
  }));
  const own = entries.find(({ type }) => type === PT_PHDR);
  if (own === undefined) return [];
  const base = at - own.address;
  return entries.filter(({ type, flags }) => type === PT_LOAD && (flags & PF_W) === 0).map(({ address, length }) => {
    // Only whole pages: what shares a page with the next segment stays.
    const start = (base + address + page - 1n) / page * page;
    const end = (base + address + length) / page * page;
    return { start, length: end > start ? end - start : 0n };
  });
}

import { createHash } from "node:crypto";
import { madeWhole, run } from "./process.ts";

/** One file to be packed. */
export interface Member {
  readonly name: string;
  readonly path: string;
}

/** Compressed files of this size and more are kept: the runtime takes a minute at level 19 and changes seldom. */
const KEPT_FROM = 16 * 1024 * 1024;
const MAGIC = "PARLEY-ONE-FILE1";

/** Where to keep what is useful again, and what is of use for this build only. */
export interface Folders {
  readonly cache: string;
  readonly work: string;
}

/** Writes the stub and, behind it, the members, to `out`: the format stands in stub/payload.c. */
export async function pack(
  out: string,
  stub: string,
  members: readonly Member[],
  level: number,
  { cache, work }: Folders,
): Promise<void> {
  const frames: { name: string; size: number; frame: string; length: number }[] = [];
  const content = createHash("sha256");
  for (const { name, path } of members) {
    const { size } = await Deno.stat(path);
    const frame = await compressed(path, level, size < KEPT_FROM ? work : `${cache}/frames`);
    content.update(`${name} ${size}\n`).update(await Deno.readFile(path));
    frames.push({ name, size, frame, length: (await Deno.stat(frame)).size });
  }
  const unfinished = `${out}.new`;
  {
    using file = await Deno.open(unfinished, { write: true, create: true, truncate: true });
    let at = await append(file, await Deno.readFile(stub));
    let index = `id ${content.digest("hex").slice(0, 32)}\n`;
    for (const { name, size, frame, length } of frames) {
      index += `${name} ${size} ${at} ${length}\n`;
      at += await append(file, await Deno.readFile(frame));
    }
    const bytes = new TextEncoder().encode(index);
    const footer = new DataView(new ArrayBuffer(16));
    footer.setBigUint64(0, BigInt(at), true);
    footer.setBigUint64(8, BigInt(bytes.length), true);
    await append(file, bytes);
    await append(file, new Uint8Array(footer.buffer));
    await append(file, new TextEncoder().encode(MAGIC));
    await file.sync();
  }
  await Deno.chmod(unfinished, 0o755);
  await Deno.rename(unfinished, out);
}

/** The file as one zstd frame with a checksum. */
async function compressed(path: string, level: number, folder: string): Promise<string> {
  const digest = createHash("sha256").update(await Deno.readFile(path)).digest("hex").slice(0, 32);
  const long = level >= 15 ? ["--long=27"] : [];
  return await madeWhole(`${folder}/${digest}-${level}.zst`, async (unfinished) => {
    const args = ["--quiet", `-${level}`, ...long, "--threads=0", "--check", path, "-o", unfinished];
    await run("zstd", args);
  });
}

async function append(file: Deno.FsFile, bytes: Uint8Array): Promise<number> {
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
  return bytes.length;
}

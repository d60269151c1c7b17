import { type Architecture, isNative } from "./architectures.ts";
import { exists, run } from "./process.ts";
import { zstdLibrary } from "./zstd_library.ts";

const SOURCES = ["cache", "memory", "payload", "permissions", "stub", "unpack", "xxh64"];
const FLAGS = [
  ...["-std=c11", "-D_GNU_SOURCE", "-D_FILE_OFFSET_BITS=64", "-O2", "-Wall", "-Wextra", "-Werror"],
  ...["-fstack-protector-strong", "-D_FORTIFY_SOURCE=2", "-static", "-s"],
];

/** Debian's packages that are missing here to build for these architectures; empty when all is there. */
export async function missingPackages(architectures: readonly Architecture[]): Promise<string[]> {
  const missing = new Set<string>();
  if (!await runs("zstd")) missing.add("zstd");
  for (const architecture of architectures) {
    const { triplet, debian } = architecture;
    const native = isNative(architecture);
    if (!await runs(compilerOf(architecture))) missing.add(native ? "gcc" : `gcc-${triplet.replaceAll("_", "-")}`);
    if (!exists(native ? `/usr/lib/${triplet}/libc.a` : `/usr/${triplet}/lib/libc.a`)) {
      missing.add(native ? "libc6-dev" : `libc6-dev-${debian}-cross`);
    }
    // A foreign architecture's library comes by apt into a folder of ours.
    if (native && !exists(`/usr/lib/${triplet}/libzstd.a`)) missing.add("libzstd-dev");
    const libraryHere = native || exists(`/usr/lib/${triplet}/libzstd.a`);
    if (!libraryHere && !await runs("apt-get")) missing.add(`libzstd-dev:${debian}`);
  }
  return [...missing];
}

/** Compiles the stub for an architecture into `folder`, with `header` as its launch.h. Gives the program's path. */
export async function buildStub(
  architecture: Architecture,
  folder: string,
  header: string,
  cache: string,
): Promise<string> {
  const zstd = await zstdLibrary(architecture, cache);
  await Deno.writeTextFile(`${folder}/launch.h`, header);
  const sources = SOURCES.map((name) => `${import.meta.dirname}/stub/${name}.c`);
  const out = `${folder}/stub-${architecture.name}`;
  const include = ["-I", folder, ...(zstd.include === "/usr/include" ? [] : ["-I", zstd.include])];
  await run(compilerOf(architecture), [...FLAGS, ...include, "-o", out, ...sources, zstd.archive]);
  return out;
}

function compilerOf(architecture: Architecture): string {
  return isNative(architecture) ? "gcc" : `${architecture.triplet}-gcc`;
}

async function runs(program: string): Promise<boolean> {
  try {
    await run(program, ["--version"]);
    return true;
  } catch {
    // Missing or broken: either way it cannot be used, and the package is named.
    return false;
  }
}

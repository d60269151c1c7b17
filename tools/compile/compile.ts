/**
 * Makes the self-contained executables `dist/parley-VERSION-linux-x64` and `…-arm64`.
 *
 *     deno task compile [--release] [--level N] [--arch x64|arm64] [--out DIR] [--stub]
 *
 * By `deno compile` where its runtime part can be had; else by a stub of our own with the pinned Deno and the bundled
 * program packed behind it. `--stub` makes the second kind without asking for the first; `--release` (zstd 19 instead of 12)
 * takes a minute or two.
 */
import { parseArgs } from "node:util";
import { dirname } from "node:path";
import manifest from "../../package.json" with { type: "json" };
import { type Architecture, ARCHITECTURES } from "./architectures.ts";
import { type Bundle, bundle } from "./bundle.ts";
import { pack } from "./container.ts";
import { denoCompile, firstLine, withoutDenort } from "./deno_compile.ts";
import { launchHeader, runFlags } from "./launch_header.ts";
import { pinnedVersion, runtimeOf } from "./runtime.ts";
import { run } from "./process.ts";
import { buildStub, missingPackages } from "./stub.ts";

const ROOT = dirname(dirname(import.meta.dirname!));
const CACHE = `${ROOT}/node_modules/.cache/parley`;
const LEVEL = { usual: 12, release: 19 } as const;

interface Job {
  readonly architectures: readonly Architecture[];
  readonly level: number;
  readonly out: string;
  /** Without trying `deno compile`. */
  readonly stub: boolean;
  /** A folder of this build. */
  readonly work: string;
}

function jobOf(args: readonly string[], work: string): Job {
  const { values } = parseArgs({
    args: [...args],
    options: {
      release: { type: "boolean" },
      level: { type: "string" },
      arch: { type: "string" },
      out: { type: "string" },
      stub: { type: "boolean" },
    },
  });
  const level = Number(values.level ?? (values.release ? LEVEL.release : LEVEL.usual));
  if (!Number.isInteger(level) || level < 1 || level > 19) {
    throw new RangeError(`--level is "${values.level}"; allowed: 1 to 19`);
  }
  const architectures = ARCHITECTURES.filter(({ name }) => values.arch === undefined || values.arch === name);
  if (architectures.length === 0) {
    throw new RangeError(`--arch is "${values.arch}"; allowed: ${ARCHITECTURES.map(({ name }) => name).join(" or ")}`);
  }
  return { architectures, level, out: values.out ?? `${ROOT}/dist`, stub: values.stub ?? false, work };
}

function pathOf({ out }: Job, { name }: Architecture): string {
  return `${out}/parley-${manifest.version}-linux-${name}`;
}

/** The first way. Gives why not for each architecture that it could not make. */
async function byDenoCompile(job: Job, program: Bundle): Promise<Map<Architecture, string>> {
  const left = new Map<Architecture, string>();
  const version = await pinnedVersion(ROOT);
  for (const architecture of job.architectures) {
    let reason = await withoutDenort(architecture, version);
    if (reason === null) {
      const out = pathOf(job, architecture);
      reason = await denoCompile(architecture, program, await runFlags(ROOT), out).then(() => null, firstLine);
    }
    if (reason === null) await report(job, architecture, "deno compile");
    else left.set(architecture, reason);
  }
  return left;
}

/** The fallback. */
async function byStub(job: Job, program: Bundle, architectures: readonly Architecture[]): Promise<void> {
  const missing = await missingPackages(architectures);
  if (missing.length > 0) {
    throw new Error(`these packages of Debian are missing: apt-get install ${missing.join(" ")}`);
  }
  const header = launchHeader(ROOT, program, await runFlags(ROOT));
  for (const architecture of architectures) {
    const began = performance.now();
    const stub = await buildStub(architecture, job.work, header, CACHE);
    const members = [
      { name: "deno", path: await runtimeOf(architecture, ROOT, CACHE) },
      ...program.files.map((name) => ({ name, path: `${program.folder}/${name}` })),
    ];
    const folders = { cache: CACHE, work: `${job.work}/frames` };
    await pack(pathOf(job, architecture), stub, members, job.level, folders);
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    await report(job, architecture, `zstd ${job.level}, ${seconds} s`);
  }
}

async function report(job: Job, architecture: Architecture, how: string): Promise<void> {
  const path = pathOf(job, architecture);
  const { size } = await Deno.stat(path);
  console.log(`${path}  ${(size / 1e6).toFixed(1)} MB  (${how})`);
}

async function compile(job: Job): Promise<void> {
  await Deno.mkdir(job.out, { recursive: true });
  // The users' page goes into the program as it is now.
  await run("node", ["tools/ensure.mjs"], { cwd: ROOT });
  const program = await bundle(ROOT, `${job.work}/program`);
  if (job.stub) return await byStub(job, program, job.architectures);
  const left = await byDenoCompile(job, program);
  if (left.size === 0) return;
  const names = [...left.keys()].map(({ name }) => name).join(" and ");
  const reasons = [...new Set(left.values())].join("; ");
  console.error(`compile: no deno compile for ${names} (${reasons}): making a file that unpacks itself`);
  await byStub(job, program, [...left.keys()]);
}

const work = await Deno.makeTempDir({ prefix: "parley-compile-" });
try {
  await compile(jobOf(Deno.args, work));
} catch (error) {
  console.error(`compile: ${error instanceof Error ? error.message : error}`);
  Deno.exitCode = 1;
} finally {
  await Deno.remove(work, { recursive: true });
}

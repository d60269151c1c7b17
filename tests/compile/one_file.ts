/** What the tests of the self-contained file share: making it, starting it, an emulator for the foreign one. */
import { type Architecture, ARCHITECTURES, isNative } from "../../tools/compile/architectures.ts";
import { missingPackages } from "../../tools/compile/stub.ts";
import { Child, programPath } from "../support/process.ts";

export const ROOT = new URL("../../", import.meta.url).pathname;
const BUILD_MS = 120_000;
const EMULATORS = { x64: "qemu-x86_64-static", arm64: "qemu-aarch64-static" } as const;

export const NATIVE = ARCHITECTURES.find(isNative);

/** Runs `deno task compile`, for tests fast rather than small, to its end. */
export async function compile(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number; output: string }> {
  const child = new Child("compile", Deno.execPath(), {
    args: ["run", "-A", "tools/compile/compile.ts", "--level", "1", ...args],
    cwd: ROOT,
    env: { NO_COLOR: "1", ...env },
  });
  const { code } = await child.finished(BUILD_MS);
  return { code, output: child.output };
}

/** Makes the file for an architecture in `folder`, and gives its path. */
export async function makeFile(architecture: Architecture, folder: string, ...more: string[]): Promise<string> {
  const { code, output } = await compile(["--arch", architecture.name, "--out", folder, ...more]);
  if (code !== 0) throw new Error(`compile failed (${code}): ${output}`);
  const [{ name }] = [...Deno.readDirSync(folder)].filter(({ name }) => name.endsWith(`-linux-${architecture.name}`));
  return `${folder}/${name}`;
}

/** How a file is started, with a cache in its working folder: natively, or under an emulator that also runs what the file becomes. */
export interface Starter {
  start(args: readonly string[], env?: Record<string, string>): Child;
  /** To its end; gives code and output. */
  run(args: readonly string[], env?: Record<string, string>): Promise<{ code: number; output: string }>;
}

export function starterOf(architecture: Architecture, file: string, cwd: string, within_ms: number): Starter {
  const emulator = isNative(architecture)
    ? []
    : [programPath(EMULATORS[architecture.name])!, "-L", `/usr/${architecture.triplet}`];
  const [program, ...before] = [...emulator, file];
  const start: Starter["start"] = (args, env = {}) =>
    new Child(`parley ${args[0]} (${architecture.name})`, program, {
      args: [...before, ...args],
      cwd,
      env: { NO_COLOR: "1", PARLEY_CACHE: `${cwd}/cache`, PARLEY_RUN_WITH: emulator.join(" "), ...env },
    });
  return {
    start,
    async run(args, env) {
      const child = start(args, env);
      const { code } = await child.finished(within_ms);
      return { code, output: child.output };
    },
  };
}

/** A test that needs the tools to make the file for this architecture; skipped with a printed reason without them. */
export async function oneFileTest(
  name: string,
  architecture: Architecture | undefined,
  body: (architecture: Architecture) => Promise<void>,
): Promise<void> {
  const missing = architecture === undefined ? ["Linux with glibc"] : await missingPackages([architecture]);
  if (architecture !== undefined && !isNative(architecture)) {
    const emulator = EMULATORS[architecture.name];
    if (programPath(emulator) === null) missing.push(emulator);
  }
  if (missing.length > 0) console.log(`SKIPPED interop: "${name}" needs ${missing.join(", ")}`);
  Deno.test({
    name,
    ignore: missing.length > 0,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: () => body(architecture!),
  });
}

/** Works in a temporary folder that is removed afterwards. */
export async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "parley-one-file-" });
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

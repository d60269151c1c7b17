import { permissions } from "../permissions.mjs";
import { type Architecture, isNative } from "./architectures.ts";
import type { Bundle } from "./bundle.ts";
import { exists, run } from "./process.ts";

const PROBE_MS = 5000;
const COMPILE_MS = 300_000;
/** e_machine of an ELF header. */
const MACHINES = { x64: 62, arm64: 183 } as const;

/**
 * Why `deno compile` cannot be used: its runtime part (denort) is neither in DENORT_BIN nor to be downloaded. Null when it
 * can.
 */
export async function withoutDenort(architecture: Architecture, version: string): Promise<string | null> {
  const own = Deno.env.get("DENORT_BIN");
  if (own !== undefined && own !== "") {
    if (!exists(own)) return `DENORT_BIN is "${own}", which is no file`;
    const machine = await machineOf(own);
    return machine === MACHINES[architecture.name] ? null : `DENORT_BIN is no program for ${architecture.name}`;
  }
  const url = `https://dl.deno.land/release/v${version}/denort-${architecture.target}.zip`;
  try {
    const { ok, status } = await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(PROBE_MS) });
    return ok ? null : `${new URL(url).host} answers ${status}`;
  } catch (error) {
    return `${new URL(url).host}: ${firstLine(error).replace(/^.*\(https:[^)]*\): /, "")}`;
  }
}

async function machineOf(path: string): Promise<number> {
  const head = new Uint8Array(20);
  using file = await Deno.open(path);
  await file.read(head);
  return new TextDecoder().decode(head.subarray(1, 4)) === "ELF" ? new DataView(head.buffer).getUint16(18, true) : -1;
}

/**
 * `deno compile` of the bundle. Its permissions are fixed when it is made, while the folders are chosen when it runs: reading
 * and writing are not narrowed to them. Throws when it fails, or takes longer than five minutes, and when what it made for
 * this machine is not Parley: a DENORT_BIN that is no denort is accepted without a word.
 */
export async function denoCompile(
  architecture: Architecture,
  bundle: Bundle,
  runFlags: readonly string[],
  out: string,
): Promise<void> {
  const whole = (flag: string) => flag.replace(/^(--allow-(?:read|write))=.*/, "$1");
  const granted = (permissions([], {}, "/") as string[]).map(whole);
  const includes = bundle.workers.flatMap((name) => ["--include", `${bundle.folder}/${name}`]);
  const flags = ["compile", "--quiet", ...runFlags, ...granted, "--target", architecture.target, ...includes];
  const unfinished = `${out}.new`;
  try {
    const options = { signal: AbortSignal.timeout(COMPILE_MS), env: { DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" } };
    await run(Deno.execPath(), [...flags, "--output", unfinished, `${bundle.folder}/${bundle.entry}`], options);
    if (isNative(architecture)) await run(unfinished, ["version"], options);
    await Deno.rename(unfinished, out);
  } finally {
    if (exists(unfinished)) await Deno.remove(unfinished);
  }
}

/** What an error says, or the error behind it, without the lines of its details. */
export function firstLine(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? firstLine(error.cause) : error.message.split("\n")[0];
}

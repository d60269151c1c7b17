import { createHash } from "node:crypto";
import type { Architecture } from "./architectures.ts";
import { exists, madeWhole, run } from "./process.ts";

interface Lock {
  readonly packages: Readonly<Record<string, { readonly version: string; readonly integrity: string }>>;
}

/** The version of Deno that package-lock.json pins. */
export async function pinnedVersion(root: string): Promise<string> {
  return (await readLock(root)).packages["node_modules/deno"].version;
}

/**
 * The pinned Deno of an architecture: what npm installed, or for a foreign one its package, got from the npm registry into
 * `cache` and compared with package-lock.json.
 */
export async function runtimeOf({ runtime }: Architecture, root: string, cache: string): Promise<string> {
  const installed = `${root}/node_modules/${runtime}/deno`;
  if (exists(installed)) return installed;
  const { version, integrity } = (await readLock(root)).packages[`node_modules/${runtime}`];
  const name = `${runtime.slice(runtime.indexOf("/") + 1)}-${version}`;
  return await madeWhole(`${cache}/runtime/${name}/deno`, async (unfinished) => {
    const folder = unfinished.slice(0, unfinished.lastIndexOf("/"));
    const args = ["pack", `${runtime}@${version}`, "--json", "--ignore-scripts", "--pack-destination", folder];
    const [{ filename }] = JSON.parse(await run("npm", args, { cwd: folder })) as { filename: string }[];
    // npm once told a scoped package's file with a slash in it.
    const archive = `${folder}/${filename.replace(/^@/, "").replaceAll("/", "-")}`;
    const found = `sha512-${createHash("sha512").update(await Deno.readFile(archive)).digest("base64")}`;
    if (found !== integrity) throw new Error(`${runtime}@${version} is ${found}; package-lock.json says ${integrity}`);
    await run("tar", ["-xzf", archive, "-C", folder, "package/deno"]);
    await Deno.rename(`${folder}/package/deno`, unfinished);
    await Deno.chmod(unfinished, 0o755);
  });
}

async function readLock(root: string): Promise<Lock> {
  return JSON.parse(await Deno.readTextFile(`${root}/package-lock.json`));
}

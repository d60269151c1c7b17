import { basename, dirname, resolve } from "node:path";
import { sourceFiles } from "../../tests/support/source_files.ts";
import { isTest } from "../../tests/architecture.ts";
import { run } from "./process.ts";

/** The program as JavaScript files in one folder, which import nothing but each other and `node:` modules. */
export interface Bundle {
  readonly folder: string;
  /** The file to run. */
  readonly entry: string;
  /** Files that are started as workers: they are read at run time, so they need a permission. */
  readonly workers: readonly string[];
  /** All of them, entry and workers included. */
  readonly files: readonly string[];
}

const WORKER = /new Worker\(\s*new URL\("(\.{1,2}\/[\w./-]+)\.ts",\s*import\.meta\.url\)/g;

/**
 * Bundles `main.ts` and, as programs of their own, the workers that the sources start. What is imported with `import()`
 * becomes a file of its own, so that a command which does not need the service does not load it; a worker is one file, for
 * all its files would need a permission. Throws when something is
 * read beside its source in a way that would not be found beside the bundle.
 */
export async function bundle(root: string, folder: string): Promise<Bundle> {
  const workers = await workersOf(root);
  await bundled(root, ["--code-splitting", "--outdir", folder, `${root}/main.ts`]);
  for (const [name, source] of workers) await bundled(root, ["--output", `${folder}/${name}`, source]);
  const files = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  for (const name of files) {
    const path = `${folder}/${name}`;
    const text = await Deno.readTextFile(path);
    // All files lie in one folder, whatever room they are from.
    const moved = text.replaceAll(WORKER, (match, worker) => match.replace(`${worker}.ts`, `./${basename(worker)}.js`));
    for (const [, beside] of moved.matchAll(/new URL\("([^"]+)",\s*import\.meta\.url\)/g)) {
      if (!files.includes(beside.slice(2))) {
        throw new Error(`the program looks for ${beside} beside its source: import it with { type: "text" } instead`);
      }
    }
    if (moved !== text) await Deno.writeTextFile(path, moved);
  }
  for (const name of ["main.js", ...workers.keys()]) {
    if (!files.includes(name)) throw new Error(`the bundler made no ${name}, but ${files.join(", ")}`);
  }
  return { folder, entry: "main.js", workers: [...workers.keys()], files };
}

async function bundled(root: string, args: readonly string[]): Promise<void> {
  const env = { DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" };
  await run(Deno.execPath(), ["bundle", "--quiet", "--minify", "--platform", "deno", ...args], { cwd: root, env });
}

/** The sources that are started as workers, by the name they get in the bundle. */
async function workersOf(root: string): Promise<Map<string, string>> {
  const workers = new Map<string, string>();
  for (const file of sourceFiles().filter((file) => !isTest(file))) {
    const text = await Deno.readTextFile(`${root}/${file}`);
    for (const [, path] of text.matchAll(WORKER)) {
      const source = `${resolve(root, dirname(file), path)}.ts`;
      const name = `${basename(path)}.js`;
      const other = workers.get(name) ?? source;
      if (other !== source) throw new Error(`${other} and ${source} would be one file in the bundle`);
      workers.set(name, source);
    }
  }
  return workers;
}

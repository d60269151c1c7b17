const ROOT = new URL("../../", import.meta.url);
const OUTSIDE = new Set(["node_modules", "data", "docs", "dist", "coverage", "tools"]);

/** Every TypeScript file of the repository, tests included, from the root of it, in order. Run from the root. */
export function sourceFiles(folder = ""): string[] {
  const files: string[] = [];
  for (const { name, isDirectory } of Deno.readDirSync(new URL(folder === "" ? "./" : `${folder}/`, ROOT))) {
    const path = folder === "" ? name : `${folder}/${name}`;
    if (isDirectory) {
      if (!name.startsWith(".") && !OUTSIDE.has(path)) files.push(...sourceFiles(path));
    } else if (/\.tsx?$/.test(name)) {
      files.push(path);
    }
  }
  return files.sort();
}

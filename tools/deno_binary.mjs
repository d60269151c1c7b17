// The pinned Deno, from node_modules. On Linux with glibc the platform package's binary itself; elsewhere through the deno
// package's own launcher, which knows the other platforms.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The program to run, and the arguments that go before all others. */
export function denoBinary() {
  const direct = join(root, `node_modules/@deno/linux-${process.arch}-glibc/deno`);
  if (process.platform === "linux" && existsSync(direct)) return { file: direct, before: [] };
  const launcher = join(root, "node_modules/deno/bin.cjs");
  if (!existsSync(launcher)) throw new Error("Deno is not installed: run `npm run setup`");
  return { file: process.execPath, before: [launcher] };
}

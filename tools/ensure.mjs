// Installs the pinned packages when package-lock.json changed since the last install, and builds the users' page when something
// of it did. Needs only Node.js and npm.
import { copyFileSync, existsSync, lstatSync, readFileSync } from "node:fs";
import { spawnSync } from "node:child_process";

const marker = "node_modules/.installed-lock";
const wanted = readFileSync("package-lock.json", "utf8");
if (!existsSync(marker) || readFileSync(marker, "utf8") !== wanted) {
  // npm empties the folder that a link leads to: another working tree's, which others may be running from.
  if (lstatSync("node_modules", { throwIfNoEntry: false })?.isSymbolicLink()) {
    console.error(
      "node_modules is a link, and what it leads to is not what package-lock.json wants: install there, or remove it",
    );
    process.exit(1);
  }
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
  const { status } = spawnSync("npm", args, { stdio: ["ignore", 2, 2] });
  if (status !== 0) process.exit(status ?? 1);
  copyFileSync("package-lock.json", marker);
}

const { ensurePortal } = await import("./portal_build.mjs");
try {
  await ensurePortal();
} catch (error) {
  console.error(`The users' page could not be built:\n${error instanceof Error ? error.message : error}`);
  process.exit(1);
}

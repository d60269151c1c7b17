// Installs the pinned packages when package-lock.json changed since the last install. Needs only Node.js and npm.
import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { spawnSync } from "node:child_process";

const marker = "node_modules/.installed-lock";
const wanted = readFileSync("package-lock.json", "utf8");
if (!existsSync(marker) || readFileSync(marker, "utf8") !== wanted) {
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
  const { status } = spawnSync("npm", args, { stdio: ["ignore", 2, 2] });
  if (status !== 0) process.exit(status ?? 1);
  copyFileSync("package-lock.json", marker);
}

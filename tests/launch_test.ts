import assert from "node:assert/strict";
import { join } from "node:path";
import { permissions, VARIABLES } from "../tools/permissions.mjs";
import { Child } from "./support/process.ts";

const ROOT = new URL("../", import.meta.url).pathname;
const CONFIG = `[listen]
sip = ["udp://127.0.0.1:0", "tcp://127.0.0.1:0"]
msrp = ["tcp://127.0.0.1:0"]
web = ["http://127.0.0.1:0"]
`;

/** Processes below `pid`, itself included, as /proc has them. */
function family(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      // The name in parentheses may hold anything; the parent is the second word after it.
      const parent = Number(Deno.readTextFileSync(`/proc/${name}/stat`).replace(/^.*\) /s, "").split(" ")[1]);
      children.set(parent, [...children.get(parent) ?? [], Number(name)]);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound) && (error as { code?: string }).code !== "ESRCH") throw error;
    }
  }
  const below = (of: number): number[] => (children.get(of) ?? []).flatMap((child) => [child, ...below(child)]);
  return [pid, ...below(pid)];
}

function alive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || (error as { code?: string }).code === "ESRCH") return false;
    throw error;
  }
}

/** Waits until none of them is alive, at most `ms`; gives those that are. */
async function survivors(pids: readonly number[], ms: number): Promise<number[]> {
  for (const until = performance.now() + ms;;) {
    const left = pids.filter(alive);
    if (left.length === 0 || performance.now() > until) return left;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** `npm start` on a data folder of its own, until it is ready. */
async function withNpmStart(work: (npm: Child, data: string, pids: number[]) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "parley-" });
  await Deno.writeTextFile(join(folder, "my.toml"), CONFIG);
  const data = join(folder, "data");
  const npm = new Child("npm start", "npm", {
    args: ["start", "--", "--config", join(folder, "my.toml"), "--data", data],
    cwd: ROOT,
    detached: true,
  });
  try {
    await npm.printed(/^parley ready /m, 60_000);
    await work(npm, data, family(npm.pid));
  } finally {
    for (const pid of family(npm.pid)) if (pid !== Deno.pid && alive(pid)) Deno.kill(pid, "SIGKILL");
    await npm.status;
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("npm start prints one ready line, and SIGTERM to npm drains and leaves no orphan", () =>
  withNpmStart(async (npm, data, pids) => {
    const [line] = /^parley ready .*$/m.exec(npm.output)!;
    const ready = JSON.parse(line.slice("parley ready ".length));
    assert.deepEqual(Object.keys(ready), ["sip", "msrp", "web", "domain"]);
    assert.match(ready.sip[0], /^udp:\/\/127\.0\.0\.1:[1-9]\d+$/);
    assert.match(ready.web[0], /^http:\/\/127\.0\.0\.1:[1-9]\d+$/);
    const health = await fetch(`${ready.web[0]}/readyz`);
    assert.equal(health.status, 200);
    await health.body?.cancel();
    const status = new Child("status", "npm", {
      args: ["run", "-s", "parley", "--", "status", "--json", "--data", data],
      cwd: ROOT,
    });
    await status.finished(30_000);
    await status.status;
    assert.equal(JSON.parse(status.output).running, true);
    assert.ok(pids.length >= 3, `npm, launcher and box: ${pids}`);
    Deno.kill(npm.pid, "SIGTERM");
    assert.deepEqual(await survivors(pids, 15_000), []);
    assert.match(npm.output, /draining why=SIGTERM/);
  }));

Deno.test("SIGTERM to the process group drains and leaves no orphan", () =>
  withNpmStart(async (npm, _data, pids) => {
    const { code } = await new Deno.Command("kill", { args: ["-TERM", "--", `-${npm.pid}`] }).output();
    assert.equal(code, 0);
    assert.deepEqual(await survivors(pids, 15_000), []);
    assert.match(npm.output, /draining why=SIGTERM/);
  }));

Deno.test("a launcher that is killed leaves no orphan either", () =>
  withNpmStart(async (npm, _data, pids) => {
    const [box] = pids.filter((pid) =>
      /\0serve\0/.test(Deno.readTextFileSync(`/proc/${pid}/cmdline`)) &&
      /\/deno\0run\0/.test(Deno.readTextFileSync(`/proc/${pid}/cmdline`))
    );
    for (const pid of pids) if (pid !== box) Deno.kill(pid, "SIGKILL");
    assert.deepEqual(await survivors(pids, 15_000), []);
    await npm.status;
  }));

Deno.test("a mistake in the settings ends npm start with code 2 and one line", async () => {
  const folder = await Deno.makeTempDir({ prefix: "parley-" });
  await Deno.writeTextFile(join(folder, "parley.toml"), "[limits]\nheaders = 'many'\n");
  const npm = new Child("npm start", "npm", { args: ["start", "-s", "--", "--data", folder], cwd: ROOT });
  const { code } = await npm.finished(60_000);
  assert.equal(code, 2);
  assert.match(
    npm.output,
    /^parley: .*parley.toml: limits.headers is "many"; allowed: a whole number from 20 to 2000$/m,
  );
  await Deno.remove(folder, { recursive: true });
});

Deno.test("the permissions are narrow: the data folder, the settings' folder, and nothing else of the disk is written", () => {
  const list = (flag: string, args: string[], environment = {}) =>
    permissions(args, environment, "/home/admin").find((text: string) => text.startsWith(`--allow-${flag}=`))!
      .slice(`--allow-${flag}=`.length).split(",");
  assert.deepEqual(list("write", ["serve", "--data", "/srv/p"]), ["/srv/p"]);
  assert.deepEqual(list("write", ["serve"], { PARLEY_DATA: "d", PARLEY_WRITE: "/mnt/a:/mnt/b" }), [
    "/home/admin/d",
    "/mnt/a",
    "/mnt/b",
  ]);
  assert.ok(list("read", ["--config=/etc/parley/p.toml"]).includes("/etc/parley"));
  assert.ok(list("read", ["user", "import", "u.csv", "--data", "/srv/p"]).includes("/home/admin/u.csv"));
  assert.ok(!list("write", ["user", "import", "u.csv"]).includes("/home/admin/u.csv"));
  assert.ok(list("write", ["backup", "/mnt/b"]).includes("/mnt/b"));
  const flags = permissions(["serve"], {}, "/home/admin").map((flag: string) => flag.split("=")[0]);
  assert.ok(!flags.includes("--allow-all") && !flags.includes("--allow-run") && flags.includes("--allow-ffi"));
  assert.ok(!permissions(["serve"], { PARLEY_FFI: "off" }, "/home/admin").includes("--allow-ffi"));
});

Deno.test("the client reads what its user names, writes into the folder for files alone, and makes no system calls", () => {
  const flags = permissions(["chat", "sip:bob@x.test", "--data", "/srv/p", "--files", "in"], {}, "/home/admin");
  assert.ok(flags.includes("--allow-read") && flags.includes("--allow-write=/home/admin/in"));
  const least: string[] = permissions(["chat", "--listen"], { PARLEY_WRITE: "/mnt/a" }, "/home/admin");
  assert.ok(
    !least.some((flag) => flag.startsWith("--allow-write") || flag === "--allow-ffi" || flag === "--allow-run"),
  );
});

Deno.test("docs/operations.md tells every permission and variable", async () => {
  const text = await Deno.readTextFile(new URL("../docs/operations.md", import.meta.url));
  for (const flag of permissions(["serve"], {}, "/home/admin")) {
    assert.ok(text.includes(`| \`${flag.split("=")[0]}\``), flag);
  }
  for (const name of VARIABLES) assert.ok(text.includes(`\`${name}\``), name);
});

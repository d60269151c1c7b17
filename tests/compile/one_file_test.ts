/**
 * What the stub of the self-contained file promises: the launcher's permissions, and a cache that is whole whatever happened
 * to it. The file is made once for all of them.
 */
import assert from "node:assert/strict";
import manifest from "../../package.json" with { type: "json" };
import { permissions } from "../../tools/permissions.mjs";
import { Child, programPath } from "../support/process.ts";
import { compile, inFolder, makeFile, NATIVE, oneFileTest, ROOT, type Starter, starterOf } from "./one_file.ts";

const WITHIN_MS = 20_000;
const VERSION = `parley ${manifest.version}\n`;
let made: Promise<string> | null = null;
let madeIn = "";

Deno.test.afterAll(async () => {
  if (madeIn !== "") await Deno.remove(madeIn, { recursive: true });
});

async function theFile(): Promise<string> {
  madeIn = await Deno.makeTempDir({ prefix: "parley-one-file-" });
  return await makeFile(NATIVE!, madeIn, "--stub");
}

interface Place {
  readonly file: string;
  readonly folder: string;
  readonly starter: Starter;
}

/** A test with the file, in a folder of its own. */
async function fileTest(name: string, work: (place: Place) => Promise<void>): Promise<void> {
  await oneFileTest(`one file: ${name}`, NATIVE, () =>
    inFolder(async (folder) => {
      const file = await (made ??= theFile());
      await work({ file, folder, starter: starterOf(NATIVE!, file, folder, WITHIN_MS) });
    }));
}

/** The folders of versions in a cache. */
function versions(cache: string): string[] {
  return [...Deno.readDirSync(cache)].filter(({ isDirectory }) => isDirectory).map(({ name }) => name);
}

function unpacked(folder: string): string {
  return `${folder}/cache/${versions(`${folder}/cache`).find((name) => !/^0+$/.test(name))}`;
}

/** The words of a printed command; quotation marks as `--print` writes them. */
function wordsOf(line: string): string[] {
  return [...line.trim().matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/gs)].map(([, quoted, plain]) =>
    plain ?? quoted.replace(/\\(.)/gs, "$1")
  );
}

const COMMAND_LINES: readonly (readonly string[])[] = [
  [],
  ["serve"],
  ["serve", "--data", "/srv/p"],
  ["serve", "--data=/srv/p/../q/./r//"],
  ["--data", "a b", "--config", "../x,y/parley.toml"],
  ["serve", "--data"],
  ["serve", "--data=", "--config="],
  ["serve", "--config", "/parley.toml", "--data", "/"],
  ["serve", "--database", "x", "--data", "first", "--data", "second"],
  ["user", "import", "u.csv", "--data", "/srv/p"],
  ["user", "import", "-", "--dry-run"],
  ["--json", "user", "import", "a,b.csv"],
  ["user", "add", "sip:a@b"],
  ["user"],
  ["backup", "/mnt/b", "--data", "d"],
  ["backup", "--data", "d", "../b"],
  ["backup", "--data=d", "b", "--x=y=z"],
  ["restore", "saved", "--force"],
  ["import", "user", "x"],
];
const ENVIRONMENTS: readonly Record<string, string>[] = [
  {},
  { PARLEY_DATA: "/env/data", PARLEY_CONFIG: "conf/p.toml", PARLEY_READ: "/r1::r2", PARLEY_WRITE: "/w,1:w2:/w,1" },
  { PARLEY_FFI: "off", PARLEY_DATA: "" },
];

await fileTest("it gives Deno the permissions that the launcher gives", async ({ folder, starter }) => {
  for (const env of ENVIRONMENTS) {
    for (const args of COMMAND_LINES) {
      const { code, output } = await starter.run(["--print", ...args], env);
      assert.equal(code, 0, output);
      const words = wordsOf(output);
      const own = unpacked(folder);
      const at = words.indexOf(`${own}/main.js`);
      assert.equal(words[0], `${own}/deno`);
      assert.deepEqual(words.slice(at + 1), args);
      const given = words.slice(1, at).filter((word) => /^--(?:allow|no-prompt)/.test(word));
      // Of the program itself the launcher opens the rooms that workers are in, and the stub their bundles.
      const workers = [...Deno.readDirSync(own)].filter(({ name }) => name.endsWith("_worker.js"));
      const ofProgram = (path: string) => `${path}/`.startsWith(ROOT) || path.startsWith(`${own}/`);
      const wanted = permissions([...args], env, folder) as string[];
      assert.deepEqual(listed(given, ofProgram), listed(wanted, ofProgram), JSON.stringify([args, env]));
      assert.deepEqual(
        given.find((flag) => flag.startsWith("--allow-read="))!.slice(13).split(",").filter(ofProgram).sort(),
        workers.map(({ name }) => `${own}/${name}`).sort(),
      );
      for (const closed of ["--no-config", "--no-lock", "--no-npm", "--no-remote"]) assert.ok(words.includes(closed));
    }
  }
});

await fileTest("it gives the client no more than the launcher does", async ({ folder, starter }) => {
  for (const args of [["chat", "sip:b@x.test", "--files", "in,1"], ["chat", "--listen"], ["chat", "--files=in"]]) {
    const { output } = await starter.run(["--print", ...args], { PARLEY_WRITE: "/w" });
    const words = wordsOf(output);
    const given = words.slice(1, words.indexOf(`${unpacked(folder)}/main.js`));
    const wanted = permissions(args, { PARLEY_WRITE: "/w" }, folder) as string[];
    assert.deepEqual(given.filter((word) => /^--(?:allow|no-prompt)/.test(word)).sort(), wanted.sort());
  }
});

/** Flags in order, and their lists too, for what is allowed does not depend on it; without some of the paths. */
function listed(flags: readonly string[], without: (path: string) => boolean): string[] {
  return flags.map((flag) => {
    const name = flag.split("=")[0];
    const list = flag.slice(name.length + 1).split(/(?<!,),(?!,)/);
    return `${name}=${list.filter((path) => !without(path)).sort()}`;
  }).sort();
}

await fileTest("arguments and exit codes pass through, and a hostile environment too", async ({ starter }) => {
  assert.deepEqual(await starter.run(["version"]), { code: 0, output: VERSION });
  const odd = `a  "b' $c\n*`;
  const { code, output } = await starter.run([odd]);
  assert.equal(code, 2);
  assert.ok(output.includes(odd), output);
  assert.equal((await starter.run(["restore", "nothing", "--data", "d"])).code, 1);
  assert.deepEqual(await starter.run(["version"], { DENO_DIR: "/nonexistent", PARLEY_PARENT: "1", PWD: "/lie" }), {
    code: 0,
    output: VERSION,
  });
});

await fileTest("damage in the cache is noticed and mended", async ({ folder, starter }) => {
  assert.equal((await starter.run(["version"])).output, VERSION);
  const own = unpacked(folder);
  const before = new Map<string, Uint8Array>();
  for (const { name, isFile } of Deno.readDirSync(own)) {
    if (isFile) before.set(name, await Deno.readFile(`${own}/${name}`));
  }
  assert.ok(before.size > 5 && before.has("deno") && before.has("backup_worker.js"));

  const main = before.get("main.js")!.slice();
  main[main.length >> 1] ^= 1;
  await Deno.writeFile(`${own}/main.js`, main);
  await Deno.truncate(`${own}/deno`, 1_000_000);
  await Deno.remove(`${own}/backup_worker.js`);
  await Deno.writeTextFile(`${own}/main.js.new`, "left by a start that was killed");
  assert.equal((await starter.run(["version"])).output, VERSION);
  for (const [name, content] of before) assert.deepEqual(await Deno.readFile(`${own}/${name}`), content, name);

  const deno = await Deno.open(`${own}/deno`, { write: true });
  await deno.seek(50_000_000, Deno.SeekMode.Start);
  await deno.write(new Uint8Array([1, 2, 3]));
  deno.close();
  assert.equal((await starter.run(["version"])).output, VERSION);
  assert.deepEqual(await Deno.readFile(`${own}/deno`), before.get("deno"));
});

await fileTest("first starts at the same time do not disturb each other", async ({ folder, starter }) => {
  const answers = await Promise.all(Array.from({ length: 5 }, () => starter.run(["version"])));
  for (const answer of answers) assert.deepEqual(answer, { code: 0, output: VERSION });
  assert.equal(versions(`${folder}/cache`).length, 1);
  const left = [...Deno.readDirSync(unpacked(folder))].filter(({ name }) => name.endsWith(".new"));
  assert.deepEqual(left, []);
});

await fileTest("other versions are removed from the cache, but not one that runs", async ({ folder, starter }) => {
  const [idle, running] = ["0".repeat(32), "0".repeat(31) + "1"];
  for (const version of [idle, running]) {
    await Deno.mkdir(`${folder}/cache/${version}/deno_dir/deep`, { recursive: true, mode: 0o700 });
    await Deno.writeTextFile(`${folder}/cache/${version}/deno_dir/deep/x`, "x");
  }
  await Deno.chmod(`${folder}/cache`, 0o700);
  await Deno.mkdir(`${folder}/cache/kept`);
  using lock = await Deno.open(`${folder}/cache/${running}.lock`, { create: true, write: true, read: true });
  await lock.lock(false);
  assert.equal((await starter.run(["version"])).output, VERSION);
  const left = versions(`${folder}/cache`);
  assert.ok(!left.includes(idle) && left.includes(running) && left.includes("kept"), left.join(" "));
});

await fileTest("a running box keeps its lock", async ({ folder, starter }) => {
  await Deno.writeTextFile(
    `${folder}/p.toml`,
    '[listen]\nsip = ["tcp://127.0.0.1:0"]\nmsrp = []\nweb = ["http://127.0.0.1:0"]\n',
  );
  const box = starter.start(["serve", "--config", "p.toml"]);
  try {
    await box.printed(/^parley ready /m, WITHIN_MS);
    const { dev, ino } = await Deno.stat(`${unpacked(folder)}.lock`);
    const held = [...Deno.readDirSync(`/proc/${box.pid}/fd`)].some(({ name }) => {
      const facts = Deno.statSync(`/proc/${box.pid}/fd/${name}`);
      return facts.dev === dev && facts.ino === ino;
    });
    assert.ok(held, "the process itself, not a child, holds the lock");
    assert.match(await Deno.readTextFile(`/proc/${box.pid}/cmdline`), /\/deno\0run\0/);
  } finally {
    await box.stop();
  }
});

await fileTest(
  "without PARLEY_CACHE it takes the user's cache folder, else the data folder",
  async ({ folder, starter }) => {
    const places: [Record<string, string>, string][] = [
      [{ XDG_CACHE_HOME: `${folder}/xdg`, HOME: `${folder}/home` }, `${folder}/xdg/parley`],
      [{ XDG_CACHE_HOME: "not/absolute", HOME: `${folder}/home` }, `${folder}/home/.cache/parley`],
      [{ XDG_CACHE_HOME: "", HOME: "/dev/null/home" }, `${folder}/box/cache`],
    ];
    for (const [env, place] of places) {
      const { code, output } = await starter.run(["--print", "--data", "box"], { PARLEY_CACHE: "", ...env });
      assert.equal(code, 0, output);
      assert.ok(output.startsWith(`${place}/`), output);
    }
  },
);

const ONE_LINE = /^parley: [^\n]+\n$/;

await fileTest("a cache that cannot be had ends in one line", async ({ folder, starter }) => {
  await Deno.mkdir(`${folder}/open`);
  await Deno.chmod(`${folder}/open`, 0o777);
  const cases: [string, RegExp][] = [
    ["/dev/null/cache", /cannot unpack into \/dev\/null\/cache: Not a directory; name .*PARLEY_CACHE/],
    ["open", /\/open: others may write there/],
  ];
  for (const [cache, reason] of cases) {
    const { code, output } = await starter.run(["version"], { PARLEY_CACHE: cache });
    assert.equal(code, 1);
    assert.match(output, ONE_LINE);
    assert.match(output, reason);
  }
});

await fileTest("a file that is not whole says so", async ({ file, folder }) => {
  const bytes = await Deno.readFile(file);
  const damages: [string, (copy: Uint8Array) => Uint8Array, RegExp][] = [
    ["cut", (copy) => copy.subarray(0, copy.length - 9), /not whole \(its end\)/],
    ["half", (copy) => copy.subarray(0, copy.length >> 1), /not whole \(its end\)/],
    ["index", (copy) => (copy[copy.length - 40] = 47, copy), /not whole \(its index\)/],
    ["frame", (copy) => (copy[copy.length >> 1] ^= 16, copy), /not whole \(deno\)/],
  ];
  for (const [name, damage, reason] of damages) {
    const broken = `${folder}/${name}`;
    await Deno.writeFile(broken, damage(bytes.slice()), { mode: 0o755 });
    const { code, output } = await starterOf(NATIVE!, broken, folder, WITHIN_MS).run(["version"]);
    assert.equal(code, 1);
    assert.match(output, ONE_LINE);
    assert.match(output, reason);
  }
});

/** Runs a script as root of a mount namespace of its own, with the file as `$1` and an empty folder as `$2`. */
async function onOwnDisk(script: string, file: string, folder: string): Promise<string> {
  await Deno.mkdir(`${folder}/disk`);
  const child = new Child("own disk", "unshare", {
    args: ["-rm", "sh", "-c", script, "sh", file, `${folder}/disk`],
    cwd: folder,
    env: { PARLEY_CACHE: `${folder}/disk/cache` },
  });
  await child.finished(WITHIN_MS);
  return child.output;
}

const mayMount = programPath("unshare") !== null &&
  new Deno.Command("unshare", { args: ["-rm", "true"], stderr: "null" }).outputSync().success;
if (mayMount) {
  await fileTest("a full disk ends in one line, and leaves no half a file", async ({ file, folder }) => {
    const script = 'mount -t tmpfs -o size=40m,mode=700 tmpfs "$2" && "$1" version; echo "code $?"; ls "$2"/cache/*/';
    const output = await onOwnDisk(script, file, folder);
    assert.match(output, /^parley: cannot unpack into \S+: No space left on device \(\d+ MB are needed\); name .*$/m);
    assert.match(output, /^code 1$/m);
    assert.doesNotMatch(output, /deno|\.new/);
  });

  await fileTest(
    "a read-only cache is enough when it is whole, and else ends in one line",
    async ({ file, folder }) => {
      const script = 'mount -t tmpfs -o size=200m,mode=700 tmpfs "$2" && "$1" version && mount -o remount,ro "$2" && ' +
        '"$1" version; echo "code $?"; mount -o remount,rw "$2"; rm "$2"/cache/*/main.js; mount -o remount,ro "$2"; ' +
        '"$1" version; echo "then $?"';
      const output = await onOwnDisk(script, file, folder);
      assert.equal(output.split(VERSION).length, 3, output);
      assert.match(output, /^code 0$/m);
      assert.match(output, /^parley: cannot unpack into \S+: Read-only file system; name .*$/m);
      assert.match(output, /^then 1$/m);
    },
  );
} else {console.log(
    "a full disk under the one file is not tested: this machine allows no mount namespace (unshare -rm)",
  );}

await oneFileTest(
  "compile: a runtime part that is none is noticed, and the fallback made",
  NATIVE,
  () =>
    inFolder(async (folder) => {
      const { code, output } = await compile(["--arch", NATIVE!.name, "--out", folder], {
        DENORT_BIN: Deno.execPath(),
      });
      assert.equal(code, 0, output);
      assert.match(output, /^compile: no deno compile for \S+ \(.+\): making a file that unpacks itself$/m);
      assert.equal([...Deno.readDirSync(folder)].length, 1, "nothing unfinished is left");
    }),
);

await oneFileTest("compile: names the packages that are missing", NATIVE, () =>
  inFolder(async (folder) => {
    await Deno.symlink(programPath("node")!, `${folder}/node`);
    const { code, output } = await compile(["--stub", "--out", `${folder}/dist`], { PATH: folder });
    assert.equal(code, 1);
    assert.match(output, /^compile: these packages of Debian are missing: apt-get install .*\bzstd\b.*\bgcc\b/m);
  }));

Deno.test("compile: a wrong flag is told with what is allowed", async () => {
  const { code, output } = await compile(["--arch", "mips"]);
  assert.equal(code, 1);
  assert.match(output, /^compile: --arch is "mips"; allowed: x64 or arm64$/m);
});

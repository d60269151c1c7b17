import assert from "node:assert/strict";
import { join } from "node:path";
import { commands, usageText } from "./dispatch.ts";
import { run, withFolder } from "./testing.ts";

Deno.test("a command that is none is told with what was meant, exit code 2", async () => {
  const one = await run(["usr"]);
  assert.equal(one.code, 2);
  assert.match(one.err[0], /^parley: unknown command "usr"; did you mean user\?; allowed: serve, user, token, /);
  const two = await run(["user", "ad"]);
  assert.equal(two.code, 2);
  assert.match(two.err[0], /^parley: after "user" comes add, import, .*; found "ad"; did you mean add\?$/);
  assert.match((await run(["token"])).err[0], /; found nothing$/);
});

Deno.test("a flag or word that is wrong shows how the command is used, exit code 2", async () => {
  const { code, err } = await run(["user", "suspend"]);
  assert.equal(code, 2);
  assert.deepEqual(err.slice(0, 2), ["parley: the user's URI is missing", "usage: parley user suspend URI [flags]"]);
  assert.equal((await run(["user", "add", "a", "b"])).code, 2);
  assert.equal((await run(["serve", "x"])).code, 2);
  assert.equal((await run(["--datta", "x"])).code, 2);
});

Deno.test("a mistake in the settings is one line on standard error, exit code 2", () =>
  withFolder(async (data) => {
    const file = join(data, "parley.toml");
    await Deno.writeTextFile(file, "[limits]\nheaders = 'many'");
    for (const command of [["serve"], ["status"], ["user", "list"]]) {
      const { code, err } = await run([...command, "--data", data]);
      assert.equal(code, 2);
      assert.deepEqual(err, [`parley: ${file}: limits.headers is "many"; allowed: a whole number from 20 to 2000`]);
    }
  }));

Deno.test("help tells every command, and --help every flag", async () => {
  const { code, out } = await run(["help"]);
  assert.equal(code, 0);
  for (const { name } of commands) assert.match(out[0], new RegExp(`^  ${name}`, "m"));
  for (const { name } of commands) {
    const told = await run([...name.split(" "), "--help"]);
    assert.equal(told.code, 0);
    assert.match(told.out[0], /--data DIR/);
  }
  assert.match(usageText(commands[0]), /^usage: parley serve \[flags\]/);
  assert.deepEqual((await run(["version"])).out, ["parley 1.2.3"]);
});

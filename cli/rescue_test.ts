import assert from "node:assert/strict";
import { join } from "node:path";
import { silentLog, systemClock, TimerQueues } from "../foundation/mod.ts";
import { parseConfig } from "../config.ts";
import { openConfiguredStorage, renewForCommand } from "../store.ts";
import { AdminTable, PasswordHasher, StoredOperations } from "../operations/stored/mod.ts";
import { openControlDoor } from "./control_server.ts";
import { lockData } from "./data_lock.ts";
import { run, withFolder } from "./testing.ts";

const ENVIRONMENT = { PARLEY_DOMAIN: "example.test" };

/** Storage, operations and control door of a box that runs; `work` gets the table that its console would have. */
async function withBox(data: string, work: (admins: AdminTable) => Promise<void>): Promise<void> {
  const config = parseConfig("", { file: "", data, environment: ENVIRONMENT });
  const timers = new TimerQueues(systemClock, (error) => assert.fail(error as Error));
  timers.run();
  const lock = await lockData(data);
  const storage = await openConfiguredStorage(config, { clock: systemClock, timers, log: silentLog });
  const operations = new StoredOperations({
    storage,
    clock: systemClock,
    data,
    domains: config.domains,
    version: "1.2.3",
    actor: "cli",
    renewCertificate: (use) => renewForCommand(config, storage, silentLog, use),
  });
  const door = await openControlDoor(data, operations, silentLog);
  try {
    await work(await AdminTable.open(storage, systemClock));
  } finally {
    await door.close();
    await storage.close();
    timers.stop();
    lock.release();
  }
}

const commandOn = (data: string) => (...args: string[]) => run([...args, "--data", data], { environment: ENVIRONMENT });

/** The same with a box and without. */
async function rescue(data: string): Promise<{ first: string; second: string }> {
  const line = commandOn(data);
  const added = await line("admin", "add", "ada", "--role", "owner", "--display-name", "Ada L.");
  const first = /^added ada \(owner\) with password (\S{16})$/.exec(added.out[0])?.[1] ?? "";
  assert.notEqual(first, "", added.out.join() + added.err.join());
  assert.deepEqual((await line("admin", "add", "ada", "--role", "auditor")).err, [
    'parley: the admin "ada" exists already',
  ]);
  assert.match((await line("admin", "list")).out[0], /^ada +owner +- +never logged in Ada L\.$/);
  const reset = JSON.parse((await line("admin", "reset", "ada", "--json")).out[0]);
  assert.deepEqual([reset.name, reset.role, reset.totp, reset.version], ["ada", "owner", false, 2]);
  const listed = await line("admin", "list", "--json");
  assert.ok(!listed.out[0].includes(reset.password) && !listed.out[0].includes("hash"));
  const { code, err } = await line("admin", "reset", "eve");
  assert.deepEqual([code, err], [1, ['parley: there is no admin "eve"']]);
  const audit = (await line("audit")).out.join("\n");
  assert.match(audit, /admin\.reset +cli admin="ada"/);
  assert.match(audit, /admin\.add +cli admin="ada" role="owner"/);
  assert.ok(!audit.includes(reset.password) && !audit.includes(first));
  return { first, second: reset.password };
}

/** Whether this password opens the account, as the console would ask. */
async function opens(admins: AdminTable, name: string, password: string): Promise<boolean> {
  return await new PasswordHasher().matches(password, admins.known(name).password);
}

Deno.test("an owner is added and rescued on the store alone, and the console knows it at its next start", () =>
  withFolder(async (data) => {
    const { first, second } = await rescue(data);
    await withBox(data, async (admins) => {
      assert.ok(await opens(admins, "ada", second));
      assert.ok(!await opens(admins, "ada", first));
    });
  }));

Deno.test("an owner is added and rescued through a running box, whose console knows it at once", () =>
  withFolder((data) =>
    withBox(data, async (admins) => {
      const { first, second } = await rescue(data);
      assert.ok(await opens(admins, "ada", second));
      assert.ok(!await opens(admins, "ada", first));
    })
  ));

Deno.test("a reset takes the second factor away", () =>
  withFolder((data) =>
    withBox(data, async (admins) => {
      await commandOn(data)("admin", "add", "ada", "--role", "owner");
      const totp = { secret: "JBSWY3DPEHPK3PXP", last_step: 0, recovery: [] };
      await admins.change("ada", null, (old) => ({ ...old, totp }));
      assert.match((await commandOn(data)("admin", "list")).out[0], /^ada +owner +TOTP /);
      assert.match((await commandOn(data)("admin", "reset", "ada")).out[0], /and no second factor$/);
      assert.equal(admins.known("ada").totp, null);
    })
  ));

Deno.test("an admin that cannot be is refused with what is allowed", () =>
  withFolder(async (data) => {
    const refusal = async (...args: string[]) => {
      const { code, err } = await commandOn(data)(...args);
      return [code, err[0]];
    };
    const roles = "allowed: owner, operator, help-desk, auditor";
    assert.deepEqual(await refusal("admin", "add", "ada"), [2, `parley: --role is missing; ${roles}`]);
    assert.deepEqual(await refusal("admin", "add", "ada", "--role", "king"), [
      2,
      `parley: --role is "king"; ${roles}`,
    ]);
    assert.deepEqual(await refusal("admin", "add", "--role", "owner"), [
      2,
      "parley: the admin's log-in name is missing",
    ]);
    assert.match((await refusal("admin", "add", "Ada!", "--role", "owner"))[1] as string, /the log-in name is "Ada!"/);
    assert.deepEqual((await commandOn(data)("admin", "list")).out, []);
  }));

Deno.test("the box's own certificate is made anew, alone and through a running box", () =>
  withFolder(async (data) => {
    const line = commandOn(data);
    const [names, until, fingerprint] = (await line("certificate", "renew")).out;
    assert.match(names, /^a new certificate for .*example\.test/);
    assert.match(until, /^valid until 20\d\d-\d\d-\d\d$/);
    const before = await Deno.readTextFile(join(data, "parley-tls.pem"));
    await withBox(data, async () => {
      const again = JSON.parse((await line("certificate", "renew", "--json")).out[0]);
      assert.ok(again.in_use);
      assert.notEqual(`SHA-256     ${again.fingerprint}`, fingerprint);
    });
    assert.notEqual(await Deno.readTextFile(join(data, "parley-tls.pem")), before);
    assert.match((await line("audit", "--event", "certificate.self_signed")).out[0], /cli id="self-signed"/);
  }));

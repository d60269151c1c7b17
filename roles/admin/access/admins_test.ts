import assert from "node:assert/strict";
import { StorageError } from "../../../storage/mod.ts";
import { OperationError } from "../../../operations/mod.ts";
import { type Permission, PERMISSIONS, ROLES } from "../services/mod.ts";
import { addAdmin, fakeWorld, PASSWORD, withEverybody } from "../testing/fake_services.ts";

function refused(kind: OperationError["kind"], words: RegExp) {
  return (error: unknown) => error instanceof OperationError && error.kind === kind && words.test(error.message);
}

Deno.test("each role may what the table says, and a user nothing of it", async () => {
  const { services: { access } } = await fakeWorld();
  for (const permission of Object.keys(PERMISSIONS) as Permission[]) {
    for (const role of ROLES) {
      const principal = { kind: "admin", name: "x", role, session: "" } as const;
      const wanted = (PERMISSIONS[permission] as readonly string[]).includes(role);
      assert.equal(access.may(principal, permission), wanted, `${role} ${permission}`);
      assert.equal(access.may({ kind: "token", name: "x", role }, permission), wanted);
    }
    assert.equal(access.may({ kind: "user", aor: "sip:a@example.test", session: "" }, permission), false);
    assert.equal(access.may({ kind: "token", name: "x", role: "metrics" }, permission), permission === "metrics.read");
  }
});

Deno.test("an admin is added, shown without secrets, and the first one ends set-up", async () => {
  const world = await fakeWorld();
  const { access } = world.services;
  assert.equal(access.empty, true);
  const admin = { name: "ada", display_name: "  Ada  ", role: "owner", password: PASSWORD } as const;
  const view = await access.addAdmin(admin, "cli");
  assert.equal(access.empty, false);
  assert.deepEqual(view, {
    name: "ada",
    display_name: "Ada",
    role: "owner",
    totp: false,
    created_at: world.time.now(),
    changed_at: world.time.now(),
    last_login_at: 0,
    version: 1,
  });
  assert.deepEqual(access.listAdmins(), [view]);
  await assert.rejects(access.addAdmin(admin, "cli"), refused("conflict", /"ada" exists already/));
});

Deno.test("wrong names, roles and passwords are refused with what is allowed", async () => {
  const { services: { access } } = await fakeWorld();
  const admin = { name: "ada", display_name: "", role: "owner", password: PASSWORD } as const;
  const add = (more: Record<string, unknown>) => access.addAdmin({ ...admin, ...more } as typeof admin, "cli");
  await assert.rejects(add({ password: "short" }), refused("invalid", /has 5 characters; at least 10 are needed/));
  await assert.rejects(add({ password: "🐎🐎🐎🐎🐎🐎🐎🐎🐎" }), refused("invalid", /has 9 characters/));
  await assert.rejects(add({ password: "x".repeat(257) }), refused("invalid", /at most 256/));
  for (const name of ["", "Ada", "a b", "a/b", "x".repeat(33), "__proto__\u0000"]) {
    await assert.rejects(add({ name }), refused("invalid", /allowed: 1 to 32 of/), name);
  }
  await assert.rejects(add({ role: "root" }), refused("invalid", /allowed: owner, operator, help-desk, auditor/));
  await assert.rejects(add({ display_name: "a\nb" }), refused("invalid", /no control characters/));
  assert.equal(access.empty, true);
});

Deno.test("a change needs the version that was seen, counts on, and is written into the audit log", async () => {
  const world = await withEverybody();
  const { access } = world.services;
  const view = await access.changeAdmin("operator", { display_name: "Olga" }, 1, "admin:owner");
  assert.equal(view.version, 2);
  await assert.rejects(
    access.changeAdmin("operator", { display_name: "Otto" }, 1, "admin:owner"),
    refused("conflict", /changed meanwhile/),
  );
  await access.changeAdmin("operator", { role: "auditor" }, null, "admin:owner");
  await assert.rejects(access.changeAdmin("nobody", {}, null, "cli"), refused("not-found", /no admin "nobody"/));
  const { actor, facts } = world.audit.records.at(-1)!;
  assert.equal(actor, "admin:owner");
  assert.deepEqual(facts, { admin: "operator", changed: "role", role: "auditor", role_before: "operator" });
});

Deno.test("a log-in is no change: the version that somebody is editing stays", async () => {
  const world = await withEverybody();
  await world.logIn("operator");
  const view = world.services.access.listAdmins().find(({ name }) => name === "operator")!;
  assert.equal(view.version, 1);
  assert.equal(view.last_login_at, world.time.now());
});

Deno.test("a new role holds at once, in sessions that are open", async () => {
  const world = await withEverybody();
  const { access } = world.services;
  const token = await world.logIn("operator");
  await access.changeAdmin("operator", { role: "auditor" }, null, "admin:owner");
  const principal = access.principalOf(token);
  assert.ok(principal?.kind === "admin" && principal.role === "auditor");
  assert.equal(access.may(principal, "users.write"), false);
});

Deno.test("a password set by another ends the admin's sessions; one's own change all but the own", async () => {
  const world = await withEverybody();
  const { access } = world.services;
  const [here, there] = [await world.logIn("owner"), await world.logIn("owner")];
  const me = access.principalOf(here);
  assert.ok(me?.kind === "admin");
  await access.changeOwnPassword("owner", PASSWORD, "a wholly new one", me.session);
  assert.ok(access.principalOf(here) !== null);
  assert.equal(access.principalOf(there), null);
  await assert.rejects(world.logIn("owner", PASSWORD));
  await world.logIn("owner", "a wholly new one");
  await access.changeAdmin("owner", { password: "set by another" }, null, "cli");
  assert.equal(access.principalOf(here), null);
});

Deno.test("one's own password is changed with the old one only, and guessing it in an open session is slowed down", async () => {
  const world = await withEverybody();
  const { access } = world.services;
  const change = (old: string, next = "a wholly new one") => access.changeOwnPassword("owner", old, next, "session-1");
  await assert.rejects(change(PASSWORD, "short"), refused("invalid", /at least 10/));
  for (let i = 0; i < 5; i++) await assert.rejects(change("wrong"), refused("invalid", /old password is wrong/));
  await assert.rejects(change(PASSWORD), refused("unavailable", /try again in 60 seconds/));
  world.time.advance(60_000);
  await change(PASSWORD);
});

Deno.test("a removed admin is out at once; the same name again is another admin", async () => {
  const world = await withEverybody();
  const { access } = world.services;
  const token = await world.logIn("operator");
  await assert.rejects(access.removeAdmin("operator", "admin:owner", 7), refused("conflict", /changed meanwhile/));
  await access.removeAdmin("operator", "admin:owner", 1);
  assert.equal(access.principalOf(token), null);
  await addAdmin(world, "operator");
  assert.equal(access.principalOf(token), null);
  await assert.rejects(world.logIn("nobody"));
});

Deno.test("the last owner can be neither removed nor made less, also by two at once", async () => {
  const world = await withEverybody();
  const { access } = world.services;
  await assert.rejects(access.removeAdmin("owner", "admin:owner"), refused("conflict", /last owner/));
  await assert.rejects(access.changeAdmin("owner", { role: "operator" }, null, "x"), refused("conflict", /last owner/));
  await addAdmin(world, "owner", "second");
  const both = await Promise.allSettled([
    access.removeAdmin("owner", "admin:second"),
    access.changeAdmin("second", { role: "auditor" }, null, "admin:owner"),
  ]);
  assert.deepEqual(both.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
  assert.equal(access.listAdmins().filter(({ role }) => role === "owner").length, 1);
});

Deno.test("a store that fails is told as unavailable, and nothing has changed", async () => {
  const world = await withEverybody();
  const { access } = world.services;
  world.records("admins").fault = new StorageError("full", "disk full");
  await assert.rejects(
    access.changeAdmin("operator", { role: "owner" }, null, "x"),
    refused("unavailable", /cannot be stored: disk full/),
  );
  world.records("admins").fault = null;
  assert.equal(access.listAdmins().find(({ name }) => name === "operator")?.role, "operator");
});

import assert from "node:assert/strict";
import { FAKE_RECOVERY } from "../../testing/fake_backups.ts";
import { withEverybody } from "../../testing/fake_services.ts";
import { ORIGIN, Visitor } from "../../testing/page_visitor.ts";
import { csrfToken } from "../../../../web/ui/mod.ts";
import { filled, formIn } from "../testing/page_form.ts";

const HERE = "/admin/backups";

/** The upload form as a browser sends it: its token is in the address. */
async function upload(visitor: Visitor, fields: Record<string, string>, file: Uint8Array<ArrayBuffer> | null) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  if (file !== null) form.set("file", new File([file], "box.parley"));
  return await visitor.post(`${HERE}/restore?_csrf=${csrfToken(visitor.cookies.get("__Host-parley")!)}`, form);
}

Deno.test("a backup is made, tested, downloaded and removed, and the list says what is in it", async () => {
  const world = await withEverybody();
  const visitor = await Visitor.as(world, "owner");
  assert.match((await visitor.get(HERE)).text, /No backup yet/);
  assert.match((await visitor.follow(await visitor.post(HERE, { do: "make" }))).text, /parley-1\.backup is made/);
  const name = "parley-1.backup";
  assert.match((await visitor.get(HERE)).text, /6 bytes: 2 users[\s\S]*1 registration[\s\S]*never tested/);
  const tested = await visitor.follow(await visitor.post(HERE, { do: "test", name }));
  assert.match(tested.text, /test restore went well[\s\S]*restorable/);
  const file = await visitor.get(`${HERE}/files/${name}`);
  assert.equal(file.text, "parley");
  assert.match(file.headers.get("content-disposition")!, /attachment; filename="parley-1\.backup"/);
  assert.equal((await visitor.get(`${HERE}/files/none.backup`)).status, 404);
  assert.equal((await visitor.post(HERE, { do: "remove", name })).status, 303);
  assert.equal((await world.backups.list()).length, 0);
});

Deno.test("a failed test restore is told with its reason", async () => {
  const world = await withEverybody();
  const { name } = await world.backups.create("system");
  const why = "chunk 3 is <damaged>";
  world.backups.test = () =>
    Promise.resolve({ at: 1, ok: false, reason: why, users: 0, registrations: 0, deferred_messages: 0, ms: 0 });
  const visitor = await Visitor.as(world, "operator");
  const page = await visitor.follow(await visitor.post(HERE, { do: "test", name }));
  assert.match(page.text, /The test restore failed: chunk 3 is &lt;damaged&gt;/);
});

Deno.test("the schedule is saved after its target was tried; the secret is never shown", async () => {
  const world = await withEverybody();
  const visitor = await Visitor.as(world, "operator");
  const form = formIn((await visitor.get(HERE)).text, "Schedule");
  const target = { kind: "webdav", url: "https://nas.test/backups", user: "box", secret: "hush-hush" };
  world.backups.testTarget = () => Promise.resolve("401 Unauthorized");
  const refused = await visitor.post(HERE, filled(form, { ...target, at: "03:15", do: "schedule" }));
  assert.equal(refused.status, 422);
  assert.match(refused.text, /id="f-url-error"[\s\S]{0,400}401 Unauthorized/);
  assert.doesNotMatch(refused.text, /hush-hush/);
  assert.equal(world.backups.schedule().at, "02:30");
  world.backups.testTarget = () => Promise.resolve(null);
  const saved = await visitor.post(HERE, filled(form, { ...target, at: "03:15", do: "schedule" }));
  assert.match((await visitor.follow(saved)).text, /The target works, and the schedule is saved/);
  assert.deepEqual(world.backups.schedule().target, { kind: "webdav", url: "https://nas.test/backups", user: "box" });
  assert.equal(world.backups.secret, "hush-hush");
  const again = await visitor.get(HERE);
  assert.doesNotMatch(again.text, /hush-hush/);
  // Without a secret the one that is there stays.
  await visitor.post(HERE, filled(formIn(again.text, "Schedule"), { keep: "9", do: "schedule" }));
  assert.deepEqual([world.backups.schedule().keep, world.backups.secret], [9, "hush-hush"]);
  const bad = await visitor.post(HERE, filled(formIn(again.text, "Schedule"), { keep: "x", do: "schedule-untested" }));
  assert.match(bad.text, /id="f-keep-error"/);
});

Deno.test("restoring asks for the domain, tells a wrong key, and touches nothing until all is right", async () => {
  const world = await withEverybody();
  const visitor = await Visitor.as(world, "owner");
  const file = crypto.getRandomValues(new Uint8Array(70_000 - 10_000));
  const wrongWord = await upload(visitor, { recovery_key: FAKE_RECOVERY, word: "yes" }, file);
  assert.match(wrongWord.text, /id="f-word-error"/);
  const wrongKey = await upload(visitor, { recovery_key: "ZZZZ", word: "example.test" }, file);
  assert.equal(wrongKey.status, 422);
  assert.match(wrongKey.text, /id="f-recovery_key-error"[\s\S]{0,400}recovery key is wrong/);
  assert.match(wrongKey.text, /value="ZZZZ"/);
  assert.match(
    (await upload(visitor, { recovery_key: "", word: "example.test" }, null)).text,
    /Choose the backup file/,
  );
  assert.equal(world.backups.restored, -1);
  const done = await upload(visitor, { recovery_key: FAKE_RECOVERY, word: "example.test" }, file);
  assert.equal(done.status, 200);
  assert.match(done.text, /restarts on the backup[\s\S]*2 users/);
  assert.match(done.headers.get("refresh")!, /\/admin\/log-in/);
  assert.equal(world.backups.restored, file.length);
});

Deno.test("a file that is too large is refused", async () => {
  const visitor = await Visitor.as(await withEverybody(), "owner");
  const page = await upload(visitor, { recovery_key: FAKE_RECOVERY, word: "example.test" }, new Uint8Array(150_000));
  assert.equal(page.status, 413);
});

Deno.test("an upload without the form's token is refused before it is read", async () => {
  const world = await withEverybody();
  const visitor = await Visitor.as(world, "owner");
  const page = await visitor.post(`${HERE}/restore?_csrf=guess`, new FormData());
  assert.equal(page.status, 403);
  assert.ok(ORIGIN.startsWith("https:"));
  assert.equal(world.backups.restored, -1);
});

Deno.test("a backup of the box is restored by its page; another's key is asked for", async () => {
  const world = await withEverybody();
  const { name } = await world.backups.create("system");
  const visitor = await Visitor.as(world, "owner");
  const path = `${HERE}/restore/${name}`;
  const form = formIn((await visitor.get(path)).text, `Restore ${name}`);
  const wrong = await visitor.post(path, filled(form, { word: "example.test", recovery_key: "no" }));
  assert.match(wrong.text, /id="f-recovery_key-error"/);
  const done = await visitor.post(path, filled(form, { word: "example.test", recovery_key: FAKE_RECOVERY }));
  assert.match(done.text, /restarts on the backup/);
  assert.equal((await visitor.get(`${HERE}/restore/none.backup`)).status, 404);
});

Deno.test("an operator makes backups but carries none; an auditor looks; a help-desk does not; in each language", async () => {
  const world = await withEverybody();
  await world.backups.create("system");
  const operator = await Visitor.as(world, "operator");
  const page = await operator.get(HERE);
  assert.doesNotMatch(page.text, /\/restore|\/files\//);
  for (const path of [`${HERE}/restore`, `${HERE}/restore/parley-1.backup`, `${HERE}/files/parley-1.backup`]) {
    assert.equal((await operator.get(path)).status, 403, path);
  }
  const auditor = await Visitor.as(world, "auditor");
  assert.equal((await auditor.post(HERE, { do: "make" })).status, 403);
  for (const locale of ["en", "de", "qps-rtl"]) {
    auditor.cookies.set("parley_locale", locale);
    assert.equal((await auditor.get(HERE)).status, 200);
  }
  assert.equal((await (await Visitor.as(world, "help-desk")).get(HERE)).status, 403);
});

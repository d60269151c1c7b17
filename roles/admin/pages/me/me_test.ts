import assert from "node:assert/strict";
import { Secret, TOTP } from "otpauth";
import { LOCALES } from "../../../../web/ui/mod.ts";
import { PASSWORD, withEverybody } from "../../testing/fake_services.ts";
import { PageReader } from "../../testing/page_reader.ts";

const HERE = "/admin/me";

Deno.test("every role has its own page, in every language", async () => {
  const world = await withEverybody();
  for (const role of ["owner", "operator", "help-desk", "auditor"]) {
    for (const locale of LOCALES) {
      const { status, html } = await (await PageReader.of(world, role, locale)).get(HERE);
      assert.equal(status, 200, role);
      assert.ok(html.includes(role));
    }
  }
});

Deno.test("one's own password changes with the old one, twice the same", async () => {
  const world = await withEverybody();
  const visitor = await PageReader.of(world, "operator");
  await visitor.get(HERE);
  const send = (old: string, next: string, again = next) => ({ do: "password", old, new: next, again });
  const differ = await visitor.post(HERE, send(PASSWORD, "a new long one", "another long one"));
  assert.equal(differ.status, 422);
  assert.match(differ.html, /id="f-again-error"/);
  const wrong = await visitor.post(HERE, send("not the old one", "a new long one"));
  assert.match(wrong.html, /id="f-old-error"[\s\S]*old password is wrong/);
  assert.ok(!wrong.html.includes("a new long one"));
  const short = await visitor.post(HERE, send(PASSWORD, "short"));
  assert.match(short.html, /id="f-new-error"/);
  assert.match((await visitor.done(HERE, send(PASSWORD, "a new long one"))).text, /Your password is changed/);
  await world.logIn("operator", "a new long one");
});

Deno.test("a second factor: picture, secret, a wrong code, ten codes told once, and taken away again", async () => {
  const world = await withEverybody();
  const visitor = await PageReader.of(world, "help-desk");
  await visitor.get(HERE);
  const page = await visitor.post(HERE, { do: "totp-begin" });
  assert.match(page.html, /<svg class="qr"/);
  const hidden = (name: string) =>
    new RegExp(`type="hidden" name="${name}" value="([^"]+)"`).exec(page.html)![1].replaceAll("&amp;", "&");
  const [secret, uri] = [hidden("secret"), hidden("uri")];
  assert.ok(uri.startsWith("otpauth://totp/"));
  const wrong = await visitor.post(HERE, { do: "totp-confirm", secret, uri, code: "000000" });
  assert.equal(wrong.status, 422);
  assert.match(wrong.html, /id="f-code-error"/);
  assert.match(wrong.html, /<svg class="qr"/);
  const code = new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: world.time.now() });
  const done = await visitor.post(HERE, { do: "totp-confirm", secret, uri, code });
  const codes = [...done.html.matchAll(/class="sheet-code">([^<]+)</g)].map(([, one]) => one);
  assert.equal(new Set(codes).size, 10);
  const after = await visitor.get(HERE);
  assert.ok(!codes.some((one) => after.html.includes(one)));
  assert.match(after.text, /a code from your authenticator/);
  assert.equal(
    (await world.services.access.logIn({
      name: "help-desk",
      password: PASSWORD,
      code: "",
      source: "192.0.2.1",
      user_agent: "",
    })).outcome,
    "totp",
  );
  assert.match((await visitor.done(HERE, { do: "totp-take" })).text, /Your second factor is taken away/);
});

Deno.test("a secret that is not ours is not drawn", async () => {
  const visitor = await PageReader.of(await withEverybody(), "owner");
  await visitor.get(HERE);
  await visitor.post(HERE, { do: "totp-begin" });
  const { status, headers } = await visitor.post(HERE, {
    do: "totp-confirm",
    uri: "https://evil.test/",
    code: "000000",
  });
  assert.deepEqual([status, headers.get("location")], [303, HERE]);
});

Deno.test("other sessions end, the present one stays", async () => {
  const world = await withEverybody();
  const visitor = await PageReader.of(world, "auditor");
  const other = await world.logIn("auditor");
  await visitor.get(HERE);
  assert.match((await visitor.done(HERE, { do: "sessions" })).text, /1 session was ended/);
  assert.equal(world.services.access.principalOf(other), null);
  // The id of another's session ends nothing.
  const stranger = await world.logIn("owner");
  const [{ id }] = world.services.access.listSessions({ who: "owner", current: "" });
  await visitor.done(HERE, { do: "session", id });
  assert.notEqual(world.services.access.principalOf(stranger), null);
});

Deno.test("language, theme and density are kept", async () => {
  const visitor = await PageReader.of(await withEverybody(), "owner");
  await visitor.get(HERE);
  const page = await visitor.done("/admin/preferences", {
    back: HERE,
    locale: "de",
    theme: "dark",
    density: "compact",
  });
  assert.match(page.html, /<html lang="de"[^>]*data-theme="dark"[^>]*data-density="compact"/);
  assert.match(page.text, /^Mein Konto/);
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { SETTINGS } from "./catalogue.ts";
import { ConfigError } from "./config_error.ts";
import { SettingSources } from "./setting_sources.ts";

const AT = { file: "/etc/parley.toml", data: "/srv/parley" };
const FILE = 'domain = "file.test"\n[pager]\nmax_body = 2000\n[log]\nlevel = "warn"\n';

function sources(text = FILE, environment: Record<string, string> = {}): SettingSources {
  return new SettingSources({ ...AT, text, environment });
}

Deno.test("default, console, file, environment: each goes before the one in front of it, and is named", () => {
  const of = sources(FILE, { PARLEY_DOMAIN: "env.test" });
  const { config, problems, originOf, valueOf } = of.with({
    "pager.answer_within": 5,
    "pager.max_body": 3000,
    "listen.web": ["https://127.0.0.1:8443"],
    domain: "console.test",
  });
  assert.deepEqual(problems, []);
  assert.equal(config.domain, "env.test");
  assert.deepEqual(config.domains, ["env.test"]);
  assert.equal(config.pager.max_body, 2000);
  assert.equal(config.pager.answer_within, 5);
  assert.deepEqual(config.listen.web, [{ transport: "https", host: "127.0.0.1", port: 8443 }]);
  const origins = ["domain", "pager.max_body", "pager.answer_within", "listen.web", "pager.types", "log.level"];
  assert.deepEqual(origins.map(originOf), ["environment", "file", "console", "console", "default", "file"]);
  assert.deepEqual(origins.map(valueOf), ["env.test", 2000, 5, ["https://127.0.0.1:8443"], ["*/*"], "warn"]);
  assert.deepEqual(of.lockOf(SETTINGS.get("domain")!), { origin: "environment", by: "PARLEY_DOMAIN" });
  assert.deepEqual(of.lockOf(SETTINGS.get("log.level")!), { origin: "file", by: "/etc/parley.toml" });
  assert.equal(of.lockOf(SETTINGS.get("log.format")!), null);
  assert.throws(() => originOf("pager.max_bdy"), RangeError);
});

Deno.test("PARLEY_LOG locks what it names, over the file", () => {
  const of = sources(FILE, { PARLEY_LOG: "json" });
  const { originOf, config } = of.with({ "log.level": "debug" });
  assert.deepEqual([originOf("log.level"), originOf("log.format")], ["file", "environment"]);
  assert.deepEqual([config.log.level, config.log.format], ["warn", "json"]);
});

Deno.test("paths that the console sets are under the data folder too", () => {
  const { config } = sources().with({ "tls.certificate": "a.pem", "tls.key": "/etc/k.pem" });
  assert.equal(config.tls.certificate, "/srv/parley/a.pem");
  assert.equal(config.tls.key, "/etc/k.pem");
});

Deno.test("an overlay value that is not understood is left out and told; the others hold", () => {
  const { config, problems, used } = sources().with({
    "pager.answer_within": 60,
    "pager.colour": "red",
    "storage.kv": "elsewhere.kv",
    "deferred.max_days": 90,
  });
  assert.equal(config.pager.answer_within, 8);
  assert.equal(config.deferred.max_days, 90);
  assert.equal(config.storage.kv, "/srv/parley/parley.kv");
  assert.deepEqual(used, { "deferred.max_days": 90 });
  assert.deepEqual(problems.map(({ key }) => key), ["pager.answer_within", "pager.colour", "storage.kv"]);
  assert.deepEqual(problems.map(({ message }) => message), [
    "pager.answer_within is 60; allowed: a whole number from 1 to 25 (seconds)",
    "unknown key pager.colour (allowed here: max_body, max_body_of, types, answer_within, require_login)",
    "storage.kv is set in the settings file only: it is needed before the store is open, in which the console's settings lie",
  ]);
});

Deno.test("overlay values that do not go with the file's are left out together", () => {
  const { config, problems } = sources("[deferred]\nmax_days = 10\n").with({
    "deferred.default_days": 20,
    "pager.max_body": 900,
  });
  assert.deepEqual([config.deferred.default_days, config.pager.max_body], [7, 900]);
  assert.deepEqual(problems, [
    {
      key: "deferred.default_days",
      message: "deferred.max_days is 10; allowed: at least deferred.default_days, 20",
    },
  ]);
});

Deno.test("a file has to be right by itself", () => {
  assert.throws(() => sources("[pager]\nmax_body = 0\n"), ConfigError);
  assert.throws(
    () => sources("[deferred]\ndefault_days = 40\n"),
    /^ConfigError: \/etc\/parley.toml: deferred.max_days/,
  );
});

Deno.test("whatever the store has for the console, the box starts, and what it does not understand it says", () => {
  const key = fc.oneof(
    fc.constantFrom(...SETTINGS.keys()),
    fc.constantFrom(
      "pager",
      "pager.",
      ".",
      "",
      "__proto__",
      "pager.__proto__",
      "peer.0.domain",
      "constructor",
      "a.b.c",
    ),
    fc.string(),
  );
  const overlay = fc.dictionary(key, fc.oneof(fc.jsonValue(), fc.integer(), fc.constantFrom("a.test", ["a.test"])));
  const of = sources();
  fc.assert(
    fc.property(overlay, (values) => {
      const { config, problems, used, originOf } = of.with(values);
      assert.equal(config.pager.max_body, 2000);
      const told = new Set(problems.map(({ key }) => key));
      for (const name of Object.keys(values)) {
        const locked = SETTINGS.has(name) && of.lockOf(SETTINGS.get(name)!) !== null;
        assert.ok(told.has(name) || Object.hasOwn(used, name) || locked, name);
        if (Object.hasOwn(used, name)) assert.equal(originOf(name), "console");
      }
    }),
    { numRuns: 300 },
  );
  assert.equal(({} as Record<string, unknown>).polluted, undefined);
});

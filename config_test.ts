import assert from "node:assert/strict";
import { ConfigError, configReference, type ConfigSource, parseConfig, readConfig } from "./config.ts";

const AT = { file: "/etc/parley.toml", data: "/srv/parley" };

function refusal(text: string, environment: Record<string, string> = {}): string {
  try {
    parseConfig(text, { ...AT, environment });
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    assert.doesNotMatch(error.message, /\n/);
    return error.message;
  }
  assert.fail("was not refused");
}

Deno.test("without a file the doors are on loopback only and everything has a value", () => {
  const config = parseConfig("", { file: "", data: "/srv/parley" });
  assert.deepEqual(config.listen, {
    sip: [
      { transport: "udp", host: "127.0.0.1", port: 5060 },
      { transport: "tcp", host: "127.0.0.1", port: 5060 },
      { transport: "tls", host: "127.0.0.1", port: 5061 },
    ],
    msrp: [
      { transport: "tcp", host: "127.0.0.1", port: 2855 },
      { transport: "tls", host: "127.0.0.1", port: 2856 },
    ],
    media_port: 2860,
    web: [{ transport: "http", host: "127.0.0.1", port: 8080 }],
  });
  assert.deepEqual(config.domains, ["localhost"]);
  assert.equal(config.pager.max_body, 1300);
  assert.equal(config.pager.answer_within, 8);
  assert.deepEqual([config.deferred.default_days, config.deferred.max_days], [7, 30]);
  assert.equal(config.limits.message, 65_536);
  assert.deepEqual(config.session.types, ["*/*"]);
  assert.equal(config.session.media_path, "always");
  assert.deepEqual([config.relay.enabled, config.relay.plain], [true, false]);
  assert.equal(config.dns.server, null);
});

Deno.test("the contract's sample file is understood", () => {
  const config = parseConfig(
    `domain = "Example.test"
domains = ["second.test", "example.test"]
[advertise]
host = "im.example.test"
[dns]
server = "127.0.0.1:5353"
[trust]
hops = ["127.0.0.1/32", "2001:db8::/32", "core.example.test"]
[[peer]]
domain = "other.test"
next_hop = "sip:127.0.0.1:5070;transport=tcp"
[listen]
sip  = ["udp://127.0.0.1:5060", "tcp://[::]:5060", "tls://localhost:0"]
msrp = ["tcp://127.0.0.1:2855", "tls://127.0.0.1:2856"]
web  = ["http://127.0.0.1:8080", "https://127.0.0.1:8443"]
[storage]
kv = "db/parley.kv"
[pager]
types = ["Text/Plain", "image/*"]
max_body_of = { "text/html" = 800 }
`,
    AT,
  );
  assert.deepEqual(config.domains, ["example.test", "second.test"]);
  assert.equal(config.advertise.host, "im.example.test");
  assert.deepEqual(config.dns.server, { host: "127.0.0.1", port: 5353 });
  assert.deepEqual(config.listen.sip.slice(1), [
    { transport: "tcp", host: "::", port: 5060 },
    { transport: "tls", host: "localhost", port: 0 },
  ]);
  assert.equal(config.listen.web[1].transport, "https");
  assert.deepEqual(config.peer, [{ domain: "other.test", next_hop: "sip:127.0.0.1:5070;transport=tcp" }]);
  assert.deepEqual(config.pager.types, ["text/plain", "image/*"]);
  assert.deepEqual(config.pager.max_body_of, { "text/html": 800 });
});

Deno.test("relative paths are under the data folder, absolute ones and URLs stay", () => {
  const relative = parseConfig('[tls]\ncertificate = "a.pem"\nkey = "/etc/k.pem"', AT);
  assert.equal(relative.storage.kv, "/srv/parley/parley.kv");
  assert.equal(relative.tls.certificate, "/srv/parley/a.pem");
  assert.equal(relative.tls.key, "/etc/k.pem");
  assert.equal(relative.tls.ca, "");
  const remote = parseConfig('[storage]\nkv = "https://kv.example.test/"', AT);
  assert.equal(remote.storage.kv, "https://kv.example.test/");
});

// Each kind of mistake: the file's text, and the whole line that the admin sees.
const MISTAKES: [name: string, text: string, line: string][] = [
  [
    "unknown key at the top, with the key that was meant",
    "domian = 'a.test'",
    "/etc/parley.toml: unknown key domian; did you mean domain? (allowed here: domain, domains, advertise, listen, dns, trust, peer, tls, storage, log, pager, deferred, signup, profile, session, relay, xdm, contacts, privacy, presence, rooms, history, search, notices, clients, portal, registrar, auth, limits, admission, timers, console, trace)",
  ],
  [
    "unknown key in a table, written with a hyphen",
    "[deferred]\nmax-days = 3",
    "/etc/parley.toml: unknown key deferred.max-days; did you mean max_days? (allowed here: enabled, default_days, max_days, reminder_hours, copies, quota_messages, quota_bytes, total_messages, total_bytes, for_other_domains, other_domains_retry)",
  ],
  [
    "unknown key in a repeated table, nothing near",
    "[[peer]]\ndomain = 'b.test'\nnext_hop = 'sip:10.0.0.1'\nweight = 3",
    "/etc/parley.toml: unknown key peer[0].weight (allowed here: domain, next_hop)",
  ],
  [
    "wrong type",
    "[limits]\nheaders = 'many'",
    '/etc/parley.toml: limits.headers is "many"; allowed: a whole number from 20 to 2000',
  ],
  [
    "a list where text belongs",
    "domain = ['a.test']",
    '/etc/parley.toml: domain is ["a.test"]; allowed: a domain name',
  ],
  ["a table where there is a value", "listen = 'udp'", '/etc/parley.toml: listen is "udp"; allowed: a table'],
  [
    "out of range",
    "[pager]\nanswer_within = 60",
    "/etc/parley.toml: pager.answer_within is 60; allowed: a whole number from 1 to 25 (seconds)",
  ],
  [
    "a fraction",
    "[timers]\nt1 = 500.5",
    "/etc/parley.toml: timers.t1 is 500.5; allowed: a whole number from 100 to 5000 (ms)",
  ],
  [
    "a word that is not one of them",
    "[log]\nlevel = 'loud'",
    '/etc/parley.toml: log.level is "loud"; allowed: "debug" or "info" or "warn" or "error"',
  ],
  [
    "a bad entry of a list",
    "[listen]\nsip = ['udp://127.0.0.1:5060', 'upd://127.0.0.1:5060']",
    '/etc/parley.toml: listen.sip[1] is "upd://127.0.0.1:5060"; allowed: udp, tcp or tls with an address and a port, such as "udp://127.0.0.1:5060"',
  ],
  [
    "a port that is none",
    "[listen]\nweb = ['http://127.0.0.1:80800']",
    '/etc/parley.toml: listen.web[0] is "http://127.0.0.1:80800"; allowed: http or https with an address and a port, such as "https://127.0.0.1:8443"',
  ],
  [
    "a hop with too long a prefix",
    "[trust]\nhops = ['127.0.0.1/33']",
    '/etc/parley.toml: trust.hops[0] is "127.0.0.1/33"; allowed: an address, a range such as "192.0.2.0/24", or a TLS name',
  ],
  [
    "a key that must be set",
    "[[peer]]\ndomain = 'b.test'",
    '/etc/parley.toml: peer[0].next_hop is missing; allowed: a SIP URI of a server, such as "sip:192.0.2.7:5060;transport=tcp"',
  ],
  [
    "two keys that do not fit",
    "[deferred]\ndefault_days = 40",
    "/etc/parley.toml: deferred.max_days is 30; allowed: at least deferred.default_days, 40",
  ],
  [
    "a place at the relay that is kept for longer than the longest",
    "[relay]\ndefault_expires = 3601",
    "/etc/parley.toml: relay.max_expires is 3600; allowed: at least relay.default_expires, 3601",
  ],
  [
    "large messages that are converted, and then too large",
    "[session]\nlarge_messages = 'convert'\nmax_content = 1300",
    '/etc/parley.toml: session.max_content is 1300; allowed: more than pager.max_body, 1300, as session.large_messages is "convert"',
  ],
  [
    "two doors on one port, one of them a default",
    "[listen]\nweb = ['https://0.0.0.0:2856']",
    '/etc/parley.toml: listen.web[0] is "https://0.0.0.0:2856"; allowed: a port that listen.msrp[1] does not have',
  ],
  [
    "a certificate without its key",
    "[tls]\ncertificate = 'a.pem'",
    '/etc/parley.toml: tls.key is ""; allowed: the private key of tls.certificate',
  ],
  [
    "a peer that is ourselves",
    "domain = 'b.test'\n[[peer]]\ndomain = 'B.test'\nnext_hop = 'sip:10.0.0.1'",
    '/etc/parley.toml: peer[0].domain is "B.test"; allowed: a domain that is not served here',
  ],
  [
    "several mistakes: the first, and how many",
    "[timers]\nt1 = 1\nt2 = 1",
    "/etc/parley.toml: timers.t1 is 1; allowed: a whole number from 100 to 5000 (ms) (the first of 2 mistakes)",
  ],
  [
    "not TOML",
    "domain = \n",
    '/etc/parley.toml: line 1, column 10: invalid value; found "domain ="; allowed: TOML',
  ],
  [
    "a key twice",
    "domain = 'a.test'\ndomain = 'b.test'",
    "/etc/parley.toml: line 2, column 1: trying to redefine an already defined table or value; found \"domain = 'b.test'\"; allowed: TOML",
  ],
];
for (const [name, text, line] of MISTAKES) {
  Deno.test(`a mistake is one line: ${name}`, () => assert.equal(refusal(text), line));
}

Deno.test("a value of any length or kind makes one short line", () => {
  const line = refusal(`domain = "${"x".repeat(5000)}"`);
  assert.ok(line.length < 200, line);
  refusal("domain = 1979-05-27T07:32:00Z");
  refusal("[limits]\nheaders = nan");
  refusal('domain = "a\\nb"');
});

Deno.test("the environment goes before the file, and its mistakes name it", () => {
  const environment = { PARLEY_DOMAIN: "env.test", PARLEY_LOG: "debug,json" };
  const config = parseConfig('domain = "a.test"\n[log]\nlevel = "warn"', { ...AT, environment });
  assert.deepEqual([config.domain, config.log.level, config.log.format], ["env.test", "debug", "json"]);
  assert.equal(
    refusal("", { PARLEY_LOG: "loud" }),
    'environment: PARLEY_LOG is "loud"; allowed: debug, info, warn or error, json or pretty, or both with a comma',
  );
});

function source(files: Record<string, string>, more: Partial<ConfigSource> = {}): ConfigSource {
  return { environment: {}, cwd: "/home/admin", readText: (path) => files[path] ?? null, ...more };
}

Deno.test("the file is --config, else PARLEY_CONFIG, else parley.toml in the data folder, else none", () => {
  const files = {
    "/home/admin/x.toml": "domain = 'x.test'",
    "/etc/e.toml": "domain = 'e.test'",
    "/home/admin/data/parley.toml": "domain = 'd.test'",
  };
  const environment = { PARLEY_CONFIG: "/etc/e.toml" };
  assert.equal(readConfig(source(files, { config: "x.toml", environment })).domain, "x.test");
  assert.equal(readConfig(source(files, { environment })).domain, "e.test");
  assert.equal(readConfig(source(files)).file, "/home/admin/data/parley.toml");
  const none = readConfig(source(files, { environment: { PARLEY_DATA: "/srv/other" } }));
  assert.deepEqual([none.file, none.data, none.domain], ["", "/srv/other", "localhost"]);
  assert.equal(
    readConfig(source(files, { data: "d2", environment: { PARLEY_DATA: "/srv/other" } })).data,
    "/home/admin/d2",
  );
});

Deno.test("a file that was named must be there, and readable", () => {
  assert.throws(
    () => readConfig(source({}, { config: "x.toml" })),
    /^ConfigError: \/home\/admin\/x.toml: no such file$/,
  );
  const readText = () => {
    throw new Error("Permission denied");
  };
  assert.throws(() => readConfig(source({}, { readText })), /parley.toml: cannot be read: Permission denied$/);
});

Deno.test("docs/operations.md holds every key with its default, what is allowed, and when a change takes effect", async () => {
  const page = await Deno.readTextFile(new URL("./docs/operations.md", import.meta.url));
  // The formatter fills up columns.
  const text = page.replace(/ +/g, " ");
  for (const { key, help, allowed, default: standard, change } of configReference()) {
    const words = allowed.replaceAll("*", "\\*");
    const line = allowed === ""
      ? `#### \`${key}\`: ${help}`
      : `| \`${key}\` | ${help} | ${words} | \`${standard}\` | ${change} |`;
    assert.ok(text.includes(`\n${line}\n`), line);
  }
});

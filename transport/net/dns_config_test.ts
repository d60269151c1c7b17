import assert from "node:assert/strict";
import { parseDnsServer, parseHosts, parseResolvConf } from "./dns_config.ts";

Deno.test("resolv.conf: the first three name servers that are addresses", () => {
  const text = "# mine\nsearch a.test\nnameserver 192.0.2.53\n nameserver 2001:db8::53 \nnameserver name.test\n" +
    "nameserver 192.0.2.54\nnameserver 192.0.2.55\noptions ndots:1\n";
  assert.deepEqual(parseResolvConf(text).map(({ host, port }) => `${host} ${port}`), [
    "192.0.2.53 53",
    "2001:db8::53 53",
    "192.0.2.54 53",
  ]);
  assert.deepEqual(parseResolvConf(""), []);
});

Deno.test("hosts: names in any case, several addresses, comments", () => {
  const hosts = parseHosts(
    "127.0.0.1\tlocalhost\n192.0.2.1 Box box.test # the box\n2001:db8::1 box.test\nnot a line\n",
  );
  assert.deepEqual(hosts.get("box"), ["192.0.2.1"]);
  assert.deepEqual(hosts.get("box.test"), ["192.0.2.1", "2001:db8::1"]);
  assert.equal(hosts.size, 3);
});

Deno.test("[dns] server: an address with or without a port, else a reason", () => {
  assert.deepEqual(parseDnsServer("127.0.0.1:5353"), { host: "127.0.0.1", port: 5353 });
  assert.deepEqual(parseDnsServer("192.0.2.1"), { host: "192.0.2.1", port: 53 });
  assert.deepEqual(parseDnsServer("[2001:db8::1]:5353"), { host: "2001:db8::1", port: 5353 });
  assert.deepEqual(parseDnsServer("2001:db8::1"), { host: "2001:db8::1", port: 53 });
  for (const text of ["", "dns.test", "192.0.2.1:0", "192.0.2.1:70000", "192.0.2.1:", "[2001:db8::1"]) {
    assert.throws(() => parseDnsServer(text), /an IP address/, text);
  }
});

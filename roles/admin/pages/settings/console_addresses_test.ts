import assert from "node:assert/strict";
import { consoleAddresses } from "./console_addresses.ts";

Deno.test("a door on all addresses is named as the box is called, https first", () => {
  const doors = ["http://127.0.0.1:8080", "https://[::]:8443"];
  assert.deepEqual(consoleAddresses(doors, { advertised: "im.example.test", asked: "192.0.2.1" }), [
    "https://im.example.test:8443",
    "https://192.0.2.1:8443",
    "http://127.0.0.1:8080",
  ]);
  assert.deepEqual(consoleAddresses(["https://0.0.0.0:443"], { advertised: "", asked: "" }), ["https://localhost"]);
});

Deno.test("addresses stay as they are; what is no door, or has no known port, is left out", () => {
  const reach = { advertised: "", asked: "2001:db8::1" };
  assert.deepEqual(consoleAddresses(["https://[2001:db8::2]:8443", "https://[::]:9443"], reach), [
    "https://[2001:db8::2]:8443",
    "https://[2001:db8::1]:9443",
  ]);
  assert.deepEqual(consoleAddresses(["https://192.0.2.1:0", "javascript:alert(1)", "https://a:99999"], reach), []);
});

/** How clients that are about write their requests: selectors as they stand in the RFC, browsers that show a document. */
import { equal, match } from "node:assert/strict";
import { Child } from "../support/process.ts";
import { ParleyProcess, passwordOf, users } from "../support/parley.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const LISTS = `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists">
  <list name="friends"><entry uri="sip:bob@example.test"/></list>
</resource-lists>
`;

Deno.test(
  "curl takes selectors with raw quotes and brackets: put in, fetched, taken out [rp:XDM-3]",
  options,
  async () => {
    await using parley = await ParleyProcess.start({ users: users("alice") });
    const index = `http://127.0.0.1:${parley.webPort}/xcap/resource-lists/users/sip:alice@${parley.domain}/index`;
    const friends = `${index}/~~/resource-lists/list[@name="friends"]`;
    const curl = async (method: string, url: string, body?: string, type = "application/xcap-el+xml") => {
      const send = body === undefined ? [] : ["-H", `Content-Type: ${type}`, "--data-binary", body];
      const child = new Child("curl", "curl", {
        args: [
          ...["-sg", "--digest", "-u", `alice:${passwordOf("alice")}`, "-X", method, ...send],
          ...["-w", "\n%{http_code}", url],
        ],
      });
      await child.finished(20_000);
      const end = child.output.trimEnd().lastIndexOf("\n");
      return { status: Number(child.output.slice(end)), body: child.output.slice(0, Math.max(0, end)) };
    };
    equal((await curl("PUT", index, LISTS, "application/resource-lists+xml")).status, 201);
    const carol = `${friends}/entry[@uri="sip:carol@example.test"]`;
    equal((await curl("PUT", carol, '<entry uri="sip:carol@example.test"/>')).status, 201);
    const list = await curl("GET", friends);
    equal(list.status, 200);
    match(list.body, /bob@example\.test"\/><entry uri="sip:carol@example\.test"\/>/);
    equal((await curl("GET", `${friends}/@name`)).body, '"friends"');
    equal((await curl("DELETE", carol)).status, 200);
    equal((await curl("GET", carol)).status, 404);
  },
);

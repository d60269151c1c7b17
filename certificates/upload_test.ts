import assert from "node:assert/strict";
import fc from "fast-check";
import { OperationError } from "../operations/mod.ts";
import { FakeTime } from "../foundation/testing.ts";
import { CertificateError, makeCertificate } from "../transport/net/machine/mod.ts";
import { readUpload } from "./upload.ts";

const time = new FakeTime(Date.UTC(2026, 5, 1));

Deno.test("whatever is uploaded, the answer is a pair or a reason", async () => {
  const ca = await makeCertificate(["Example CA"], time, { authority: true });
  const pair = await makeCertificate(["example.test"], time, { issuer: ca });
  const request = { kind: "request", names: [], pem: "", key: pair.key, createdAt: 0 } as const;
  const whole = pair.certificate + ca.certificate;
  assert.equal((await readUpload({ certificate: whole, key: null }, [["csr", request]], time)).request, "csr");
  const octets = fc.constantFrom(..."ABCdef019+/= \r\n-");
  const change = fc.record({
    at: fc.nat(whole.length),
    length: fc.nat(40),
    text: fc.string({ unit: octets, maxLength: 40 }),
  });
  const reasons = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), fc.boolean(), async (changes, withKey) => {
      let certificate = whole;
      for (const { at, length, text } of changes) {
        certificate = certificate.slice(0, at) + text + certificate.slice(at + length);
      }
      try {
        await readUpload({ certificate, key: withKey ? pair.key : null }, [["csr", request]], time);
      } catch (error) {
        assert.ok(error instanceof OperationError || error instanceof CertificateError, String((error as Error).stack));
        assert.ok(!error.message.includes(pair.key.split("\n")[1]), "a reason that tells the key");
        reasons.add(error.message.slice(0, 20));
      }
    }),
    { numRuns: 500 },
  );
  assert.ok(reasons.size > 2, [...reasons].join("; "));
});

import assert from "node:assert/strict";
import { type FileOffer, fileOfferIn, withFileOffer } from "../../../transport/payload/mod.ts";
import { fileLines, fileOfLines, withoutFileLines } from "./file_lines.ts";

const FILE: FileOffer = {
  selector: {
    name: 'Größe "100%".pdf',
    size: 12,
    type: "application/pdf",
    hashes: [{ algorithm: "sha-1", value: "AA:BB" }],
  },
  transferId: "abc",
  disposition: "attachment",
  dates: { creation: "Mon, 15 May 2006 15:01:31 +0300" },
};

Deno.test("what is known of a file comes back from its header lines, whatever its name", () => {
  const lines = fileLines({ ...FILE, icon: "icon@x", range: { start: 1, stop: null } });
  assert.match(lines, /^(?:Parley-File[A-Za-z-]*: [^\r\n]+\r\n){4}$/);
  assert.deepEqual(fileOfLines(`From: <sip:a@b.test>\r\n${lines}Subject: x\r\n`), FILE);
  assert.deepEqual(fileOfferIn(withFileOffer([], FILE)), FILE);
});

Deno.test("others never see these lines", () => {
  const headers = `From: <sip:a@b.test>\r\n${fileLines(FILE)}Subject: x\r\n`;
  assert.equal(withoutFileLines(headers), "From: <sip:a@b.test>\r\nSubject: x\r\n");
});

Deno.test("no file, or one that cannot be read: null; a selector that selects nothing is one", () => {
  assert.equal(fileOfLines("Subject: x\r\n"), null);
  assert.equal(fileOfLines("Parley-File: size:x\r\n"), null);
  assert.deepEqual(fileOfLines(fileLines({ selector: { hashes: [] } })), { selector: { hashes: [] } });
});

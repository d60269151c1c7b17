import assert from "node:assert/strict";
import { parseXml } from "../xml/mod.ts";
import { applyPatch } from "./apply_patch.ts";
import { parseEntityTags } from "./conditions.ts";
import { putNode, removeNode } from "./edit_node.ts";
import { mediaTypeOf } from "./media_types.ts";
import { nodeContent } from "./node_content.ts";
import { parseNodeSelector, SELECTOR_LIMITS } from "./parse_node_selector.ts";
import { patch } from "./patch.ts";
import { XcapProblem } from "./xcap_problem.ts";
import { parseXcapUri } from "./xcap_uri.ts";
import { parseXmlnsQuery, QUERY_LIMITS } from "./xmlns_query.ts";

const LIMITS = { characters: 50_000_000, depth: 64, elements: 5_000_000, attributes: 64 };
const FACTOR = 16;
const NOISE = 6;

/** The least of some runs, in milliseconds: what else the machine does can make a run longer, never shorter. */
function least(work: () => void, runs = 5): number {
  let best = Infinity;
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    work();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

/**
 * Sixteen times the size may take sixteen times the time, and six times that for the noise; quadratic would be 256 times.
 * Measured again while it does not look so.
 */
function grows(what: string, workOf: (size: number) => () => void, size: number): void {
  const smallWork = workOf(size), largeWork = workOf(size * FACTOR);
  const small = Math.max(least(smallWork), 0.05);
  let large = Infinity;
  for (let round = 0; round < 6 && large > NOISE * FACTOR * small; round++) {
    large = Math.min(large, least(largeWork, 2));
  }
  assert.ok(large <= NOISE * FACTOR * small, `${what}: ${small} ms for ${size}, ${large} ms for ${FACTOR} times that`);
}

function list(entries: number, of: (i: number) => string): string {
  return `<l xmlns="urn:l">${Array.from({ length: entries }, (_, i) => of(i)).join("\n")}</l>`;
}

Deno.test("GET, PUT and DELETE of an element take time linear in the document", () => {
  const body = new TextEncoder().encode('<e n="x"/>');
  const last = parseNodeSelector('l/e[@n="x"]', new Map());
  grows("edits", (size) => {
    const document = parseXml(list(size, (i) => `<e n="${i}"><d>name</d></e>`), LIMITS);
    return () => {
      const after = putNode(document, last, "urn:l", { mediaType: mediaTypeOf(last), octets: body }, "u").document;
      assert.notEqual(nodeContent(after, last, "urn:l"), null);
      assert.equal(removeNode(after, last, "urn:l").document.text.length, document.text.length);
    };
  }, 1000);
});

Deno.test("selectors built to be slow take time linear in the document", () => {
  const steps = Array(40).fill('*[1][@n="1"]').join("/") + '/*[@n="0"]';
  const selector = parseNodeSelector(steps, new Map());
  grows("selection", (size) => {
    let text = list(size, () => '<e n="2"/>');
    for (let i = 0; i < 40; i++) text = `<e n="1">${text}${'<e n="1"/>'.repeat(size / 40)}</e>`;
    const document = parseXml(text, LIMITS);
    return () => assert.equal(nodeContent(document, selector, ""), null);
  }, 1000);
});

Deno.test("the longest selectors, queries and header fields are read or refused at once", () => {
  const longest = SELECTOR_LIMITS.characters;
  const hostile = [
    "a".repeat(longest),
    "*/".repeat(longest / 2),
    `a[@b="${"&#38;".repeat(longest / 5 - 2)}"]`,
    `a[@b="${"&".repeat(longest - 9)}"]`,
    `a[@b="${"&#".repeat(longest / 2 - 5)}"]`,
    `a[${"9".repeat(longest - 3)}]`,
    "[".repeat(longest),
    "a:".repeat(longest / 2),
    "\u{E000}".repeat(longest),
  ];
  const queries = ["(", ")", "^", "a", "xmlns(", "a(", " ", "a:b", "%20", "xmlns(a=b)"].map((part) =>
    part.repeat(QUERY_LIMITS.characters / part.length)
  );
  const tags = ['"', ",", " ", 'W/"', "\t ,", '"a" ', "*"].map((part) => part.repeat(16_384 / part.length));
  const uris = ["/", "%", "~", "/~~", "%7E", "/.", "%C3"].map((part) => part.repeat(16_384 / part.length));
  const attempts: (() => unknown)[] = [
    ...hostile.map((text) => () => parseNodeSelector(text, new Map())),
    ...queries.map((text) => () => parseXmlnsQuery(text)),
    ...tags.map((text) => () => parseEntityTags(text)),
    ...uris.map((text) => () => parseXcapUri(text, "")),
  ];
  for (const attempt of attempts) {
    const time = least(() => {
      try {
        attempt();
      } catch (error) {
        assert.ok(error instanceof XcapProblem && error.status < 500, `${error}`);
      }
    });
    assert.ok(time < 10, `${time} ms: ${attempt}`);
  }
});

Deno.test("patches of documents that differ everywhere take nearly linear time", () => {
  const pairs: Record<string, [(i: number) => string, (i: number) => string]> = {
    "every entry": [(i) => `<e n="${i}"/>`, (i) => `<e n="${i}x"/>`],
    "all the same": [() => "<e/>", () => "<f/>"],
    "every other": [(i) => `<e n="${i}"/>`, (i) => i % 2 === 0 ? `<e n="${i}"/>` : `<e><f n="${i}"/></e>`],
    "rotated": [(i) => `<e n="${i}"/>`, (i) => `<e n="${i + 100}"/>`],
    "backwards": [(i) => `<e n="${i}"/>`, (i) => `<e n="${1_000_000 - i}"/>`],
  };
  for (const [what, [first, second]] of Object.entries(pairs)) {
    grows(what, (size) => {
      const before = parseXml(list(size, first), LIMITS), after = parseXml(list(size, second), LIMITS);
      return () => void patch(before, after);
    }, 500);
  }
  const before = parseXml(list(200, (i) => `<e n="${i}"/>`)),
    after = parseXml(list(200, (i) => `<e n="${(i * 7) % 200}"/>`));
  const operations = patch(before, after);
  if (operations !== null) assert.equal(applyPatch(before, operations).text, after.text);
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { parseXml, SMALL_XML, type XmlElement } from "../xml/mod.ts";
import { EXPRESSION_LIMITS, parseFilterPath } from "./filter_expression.ts";
import { ElementSelection } from "./filter_select.ts";

const BOUND: Record<string, string> = { p: "urn:p", q: "urn:q" };
const path = (text: string) => parseFilterPath(text, (prefix) => BOUND[prefix]);

const DOCUMENT = parseXml(
  `<presence>
    <tuple id="1"><status><basic>open</basic></status><type>device</type><n> 7 </n></tuple>
    <tuple id="2"><status><basic> closed </basic></status><type>device</type><n>-1.5</n></tuple>
    <tuple id="3" xmlns="urn:p"><status><basic>open</basic></status><q:n xmlns:q="urn:q" q:unit="x">12</q:n></tuple>
    <list><tuple id="4"><tuple id="5"><n>7</n></tuple></tuple></list>
  </presence>`,
  SMALL_XML,
);

function selected(text: string): string {
  const name = (element: XmlElement) => `${element.name}${element.attributes.map(({ value }) => value).join("")}`;
  return new ElementSelection(DOCUMENT).find(path(text)).map(name).join(" ");
}

Deno.test("RFC 4661 §5: each example of a reference is read", () => {
  for (
    const text of [
      "/presence/tuple/status/basic",
      "//tuple/status/basic",
      "/*/watcher",
      '//*[status/basic="open"]',
      '/presence/tuple[*/basic="open"]',
      "//watcher[@duration-subscribed<500]",
      '/*/watcher[@event="rejected"]',
      '//tuple[status/basic="open" and type="device"]',
      "//watcher/@duration-subscribed",
    ]
  ) assert.ok(path(text).steps.length > 0, text);
});

Deno.test("what paths and conditions select", () => {
  for (
    const [text, found] of [
      ["/presence", "presence"],
      ["/tuple", ""],
      ["/*/*", "tuple1 tuple2 tuple3 list"],
      ["/presence/tuple", "tuple1 tuple2"],
      ["/presence/p:tuple", "tuple3"],
      ["//tuple", "tuple1 tuple2 tuple4 tuple5"],
      ["//tuple//tuple", "tuple5"],
      ["//list//n", "n"],
      ["//presence", "presence"],
      ['//*[status/basic="open"]', "tuple1"],
      ['/presence/tuple[*/basic="open"]', "tuple1"],
      ['/presence/tuple[status/basic="closed"]', "tuple2"],
      ['//basic[.="open"]', "basic"],
      ['//basic[..="closed"]', "basic"],
      ["//tuple[n=7]", "tuple1 tuple5"],
      ['//tuple[n="7.0"]', ""],
      ["//tuple[n<0]", "tuple2"],
      ["//tuple[n > -2]", "tuple1 tuple2 tuple5"],
      ['//tuple[n<"7"]', "tuple2"],
      ["//tuple[type<7]", ""],
      ["//p:tuple[q:n/@q:unit='x']", "tuple3"],
      ['//tuple[@id="1" or @id="2" and type="phone"]', "tuple1"],
      ['//tuple[@id="4" and @id="1" or @id="5"]', "tuple5"],
      ["/presence/tuple/@id", "tuple1 tuple2"],
      ["//@id", "tuple1 tuple2 tuple3 tuple4 tuple5"],
      ["/presence/list//@id", "tuple4 tuple5"],
      ["/presence/tuple//@id", "tuple1 tuple2"],
      ["//tuple/@none", ""],
      ["/ presence / tuple [ @id = '2' ] / n", "n"],
      ["//tuple[@id='1']/n", "n"],
    ]
  ) assert.equal(selected(text), found, text);
});

Deno.test("what is found stands in document order, each once, as an exhaustive search finds it", () => {
  const tree: fc.Memo<string> = fc.memo((depth) => {
    const name = fc.constantFrom("a", "b", "c");
    if (depth <= 1) return name.map((one) => `<${one}/>`);
    return fc.tuple(name, fc.array(tree(), { maxLength: 3 })).map(([one, inner]) =>
      `<${one}>${inner.join("")}</${one}>`
    );
  });
  const levels = fc.array(fc.tuple(fc.constantFrom("/", "//"), fc.constantFrom("a", "b", "*")), {
    minLength: 1,
    maxLength: 4,
  });
  fc.assert(fc.property(tree(5), levels, (text, steps) => {
    const document = parseXml(text, SMALL_XML);
    const all: XmlElement[] = [];
    const collect = (element: XmlElement) => {
      all.push(element);
      element.children.forEach(collect);
    };
    collect(document.root);
    // From the last step to the first: may this element stand there?
    const matches = (element: XmlElement | null, index: number): boolean => {
      if (index < 0) return element === null;
      if (element === null || (steps[index][1] !== "*" && steps[index][1] !== element.name)) return false;
      if (steps[index][0] === "/") return matches(element.parent, index - 1);
      for (let at = element.parent;; at = at.parent) {
        if (matches(at, index - 1)) return true;
        if (at === null) return false;
      }
    };
    const found = new ElementSelection(document).find(path(steps.flat().join("")));
    assert.deepEqual(
      found.map(({ start }) => start),
      all.filter((one) => matches(one, steps.length - 1)).map(({ start }) => start),
    );
  }));
});

Deno.test("what is no expression is refused with its place", () => {
  for (
    const [text, message] of [
      ["", "the end at character 1 where / belongs"],
      ["presence", '"presence" at character 1 where / belongs'],
      ["/", "the end at character 2 where a name belongs"],
      ["/@a", "an attribute that is of no element"],
      ["/a/@b/c", '"/c" at character 6 where the end belongs'],
      ["/a[b]", '"]" at character 5 where =, < or > belongs'],
      ["/a[b=]", '"]" at character 6 where a value in quotes or a number belongs'],
      ["/a[b=c]", '"c]" at character 6 where a value in quotes or a number belongs'],
      ['/a[b="c]', "the quote at 6 is not closed"],
      ['/a[b="c" xor d=1]', '" d=1]" at character 13 where and, or or ] belongs'],
      ["/a[b=1", "the end at character 7 where and, or or ] belongs"],
      ["/a[b=1][c=1]", '"[c=1]" at character 8 where / belongs'],
      ["/a[1]", '"1]" at character 4 where a name belongs'],
      ["/z:a", 'the prefix "z" is not bound in ns-bindings'],
      ["/p: a", '" a" at character 4 where a name behind p: belongs'],
      ["/a/text()", '"()" at character 8 where / belongs'],
      ["/..", '".." at character 2 where a name belongs'],
      ["/a".repeat(EXPRESSION_LIMITS.steps + 1), "more than 12 levels"],
      [`/a[${"b/".repeat(13)}b=1]`, "more than 12 levels in a condition"],
      [`/a[b=1${" or b=1".repeat(8)}]`, "more than 8 comparisons"],
      [`/${"a".repeat(1024)}`, "more than 1024 characters"],
    ]
  ) {
    assert.throws(() => path(text), (error: unknown) => {
      assert.ok(error instanceof SyntaxError);
      assert.equal(error.message, message, text);
      return true;
    });
  }
});

Deno.test("any text is an expression or refused in words", () => {
  const word = fc.constantFrom(
    "/",
    "//",
    "a",
    "p:",
    "p:a",
    "*",
    "@",
    "[",
    "]",
    "=",
    '"x"',
    "1",
    ".",
    "..",
    " and ",
    " or ",
    "<",
    "'",
  );
  fc.assert(fc.property(fc.array(word, { maxLength: 20 }), (words) => {
    const text = words.join("");
    try {
      new ElementSelection(DOCUMENT).find(path(text));
    } catch (error) {
      assert.ok(error instanceof SyntaxError && error.message.length > 5, `${text}: ${error}`);
    }
  }));
});

Deno.test("the cost grows with the document and not with its square", () => {
  const worst = [`//*[..="x"]`, `//*//*//*//*[.="x"]`, `//*[*/*/*="x" or ..="y" or .<5]//@id`];
  const cost = (size: number) => {
    const content = `<b>${"<c><d>1</d></c>".repeat(size)}${"7".repeat(size * 8)}</b>`;
    const document = parseXml(`<a>${content}</a>`, { characters: 1e6, depth: 32, elements: 1e5, attributes: 9 });
    let best = Infinity;
    for (let i = 0; i < 5; i++) {
      const start = performance.now();
      for (const text of worst) new ElementSelection(document).find(path(text));
      best = Math.min(best, performance.now() - start);
    }
    return best;
  };
  cost(500);
  const small = cost(500);
  const most = 8 * 4 * small + 5;
  let large = Infinity;
  // Measured again while it does not look so: what else the machine does makes a run longer, never shorter.
  for (let round = 0; round < 6 && large >= most; round++) large = Math.min(large, cost(4000));
  assert.ok(large < most, `${small} ms, then ${large} ms`);
});

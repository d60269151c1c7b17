import assert from "node:assert/strict";
import type { SimpleType } from "./grammar.ts";
import * as types from "./simple_types.ts";

for (
  const [type, good, bad] of [
    [types.STRING, ["", " x\n"], []],
    [types.TOKEN, ["", "a b"], []],
    [types.BOOLEAN, ["true", "false", "0", "1"], ["", "True", "yes", "2"]],
    [types.INTEGER, ["0", "-7", "+12"], ["", "1.0", "1e3", "-", "0x1", "٣"]],
    [types.NON_NEGATIVE_INTEGER, ["0", "+3", "-0", "007"], ["-1", "", "1.5"]],
    [types.POSITIVE_INTEGER, ["1", "+01", "10"], ["0", "-1", "00"]],
    [types.DECIMAL, ["1", "-1.5", ".5", "1."], ["", ".", "1e3", "1,5"]],
    [types.integerRange(-2, 5), ["-2", "5", "+0"], ["-3", "6", "1.0", ""]],
    [types.ANY_URI, ["", "sip:a@b", "../x#y", "a%20b", "http://é/", "tel:+1;x=y", "*"], [
      "a b",
      "%",
      "%2g",
      "a#b#c",
      "://x",
    ]],
    [types.LANGUAGE, ["de", "en-US", "x-klingon"], ["", "de_DE", "-de", "abcdefghi"]],
    [types.NC_NAME, ["a", "_1", "é.-"], ["", "1", "a:b", "a b", "-"]],
    [types.Q_NAME, ["a", "p:a"], ["", ":a", "p:", "a:b:c", "p:1"]],
    [types.BASE64_BINARY, ["", "QQ==", "QUJD", "QU JD"], ["Q", "QQ=", "Q===", "QQ-_"]],
    [types.HEX_BINARY, ["", "0aF9"], ["0", "0g"]],
    [
      types.DATE_TIME,
      [
        "2024-02-29T00:00:00Z",
        "2005-08-05T02:13:00.125-05:00",
        "2000-02-29T24:00:00",
        "-0001-01-01T00:00:00+14:00",
        "12024-12-31T23:59:59",
      ],
      [
        "2023-02-29T00:00:00Z",
        "1900-02-29T00:00:00",
        "2024-04-31T00:00:00",
        "2024-1-1T00:00:00",
        "2024-01-01",
        "2024-01-01T24:00:01",
        "2024-01-01T00:60:00",
        "2024-01-01T00:00:00+15:00",
        "2024-13-01T00:00:00",
        "",
      ],
    ],
    [types.DATE, ["2024-02-29", "2023-12-31Z", "2400-02-29+01:00"], [
      "2023-02-29",
      "2100-02-29",
      "24-02-01",
      "2024-02-01T00:00:00",
    ]],
    [types.TIME, ["00:00:00", "23:59:59.5Z", "24:00:00"], ["24:00:01", "1:00:00", "00:00"]],
    [types.DURATION, ["P1D", "-PT0.5S", "P1Y2M3DT4H5M6S"], ["", "P", "PT", "P1DT", "1D", "P1S"]],
    [types.enumeration(["a", "b c"]), ["a", "b c"], ["", "A", "b"]],
    [types.pattern("code", /[a-z]+|[0-9]/), ["abc", "7"], ["", "ab7", "77"]],
    [types.list(types.LANGUAGE), ["", "de", "de en"], ["de e_n"]],
    [types.list(types.INTEGER, 2), ["1 2"], ["", "1", "1 x"]],
    [types.union([types.BOOLEAN, types.INTEGER]), ["true", "17"], ["x"]],
    [types.ofLength(types.STRING, 1, 2), ["a", "😀😀"], ["", "abc"]],
  ] as readonly [SimpleType, readonly string[], readonly string[]][]
) {
  Deno.test(`values of ${type.name}`, () => {
    assert.deepEqual(good.map((value) => type.breach(value)).filter((breach) => breach !== null), []);
    assert.deepEqual(bad.filter((value) => type.breach(value) === null), []);
  });
}

Deno.test("a breach says what was found and what is allowed", () => {
  assert.equal(types.enumeration(["own", "any"]).breach("all"), '"all" is none of own, any');
  assert.equal(types.DATE_TIME.breach("now"), '"now" is no date and time');
  assert.equal(types.ofLength(types.TOKEN, 0, 3).breach("abcd"), "4 characters; at most 3 are allowed");
  assert.equal(types.BOOLEAN.breach("x".repeat(200)), `"${"x".repeat(80)}…" is none of true, false, 1, 0`);
});

Deno.test("hostile values cost linear time", () => {
  const start = performance.now();
  const n = 1_000_000;
  const all = [
    types.ANY_URI,
    types.LANGUAGE,
    types.DECIMAL,
    types.DURATION,
    types.DATE_TIME,
    types.BASE64_BINARY,
    types.list(types.INTEGER),
    types.Q_NAME,
    types.NON_NEGATIVE_INTEGER,
  ];
  for (const type of all) {
    for (
      const value of [
        "a-".repeat(n / 2),
        "1".repeat(n),
        "P".repeat(n),
        "1 ".repeat(n / 2),
        "0".repeat(n) + "x",
        "#".repeat(n),
        "%".repeat(n),
        ":".repeat(n),
      ]
    ) {
      type.breach(value);
    }
  }
  assert.ok(performance.now() - start < 5000);
});

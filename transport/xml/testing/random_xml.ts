import fc from "fast-check";

/** Prefixes and namespaces of random documents; every element gets its own pick of declarations. */
const NAMESPACES = ["urn:a", "urn:b", "urn:c"];
const PREFIXES = ["p", "q"];

const blanks = fc.constantFrom("", "", " ", "\n  ", "\r\n", "\t");
const spaced = fc.constantFrom(" ", "\n", "  ", "\r\n ");
const local = fc.constantFrom("a", "b", "entry", "list", "é", "long-name-that-is-a-slice");
const words = fc.constantFrom("text", "&amp;", "&#65;", "&#x1F600;", "😀é", " ", "\n", "\r\n", "x]]y", ">", "'\"");
const aside = fc.constantFrom("<!-- c -->", "<!---->", "<?pi some?>", "<?x?>", "<!-- <a> & -->");
const cdata = fc.constantFrom("<![CDATA[]]>", "<![CDATA[<a>&amp;\r\n]]>", "<![CDATA[ ]]>");
const value = fc.constantFrom("", "v", "sip:a@b", "&lt;&quot;", "a\tb\r\nc", "😀");
const quote = fc.constantFrom('"', "'");

interface Scope {
  readonly prefixes: readonly string[];
  readonly depth: number;
}

/** One well-formed element in which the prefixes of `scope` may be used. */
function elementIn(scope: Scope): fc.Arbitrary<string> {
  return fc.record({
    declared: fc.uniqueArray(fc.constantFrom("", ...PREFIXES), { maxLength: 2 }),
    namespaces: fc.array(fc.constantFrom(...NAMESPACES), { minLength: 2, maxLength: 2 }),
    empty: fc.nat(scope.depth * 3),
  }).chain(({ declared, namespaces, empty }) => {
    const prefixes = [...new Set([...scope.prefixes, ...declared.filter((prefix) => prefix !== "")])];
    const qualified = fc.tuple(fc.constantFrom("", ...prefixes), local)
      .map(([prefix, name]) => prefix === "" ? name : `${prefix}:${name}`);
    const attribute = fc.tuple(spaced, fc.constantFrom("x", "y", "uri", "xml:lang"), blanks, blanks, quote, value);
    const inner = { prefixes, depth: scope.depth - 1 };
    const part = scope.depth === 0 ? fc.oneof(words, aside, blanks) : fc.oneof(
      { weight: 4, arbitrary: fc.constant(null).chain(() => elementIn(inner)) },
      blanks,
      words,
      aside,
      cdata,
    );
    return fc.record({
      name: qualified,
      attributes: fc.uniqueArray(attribute, { maxLength: 2, selector: (written) => written[1] }),
      content: empty === 0 ? fc.constant(null) : fc.array(part, { maxLength: 5, size: "max" }),
      before: blanks,
      after: blanks,
    }).map(({ name, attributes, content, before, after }) => {
      const declarations = declared.map((prefix, i) => ` xmlns${prefix === "" ? "" : `:${prefix}`}="${namespaces[i]}"`);
      const written = attributes.map(([gap, called, left, right, q, text]) =>
        `${gap}${called}${left}=${right}${q}${text.replaceAll(q, "")}${q}`
      );
      const tag = `<${name}${declarations.join("")}${written.join("")}${before}`;
      return content === null ? `${tag}/>` : `${tag}>${content.join("")}</${name}${after}>`;
    });
  });
}

export const randomElement: fc.Arbitrary<string> = elementIn({ prefixes: [], depth: 3 });

/** A well-formed document. */
export const randomXml: fc.Arbitrary<string> = fc.tuple(
  fc.constantFrom("", '<?xml version="1.0"?>', "\ufeff", "\ufeff<?xml version='1.0' encoding='UTF-8'?>\n"),
  fc.oneof(blanks, aside),
  randomElement,
  fc.oneof(blanks, aside),
).map((parts) => parts.join(""));

import { comparisonsOf, type Condition, CONDITION_LIMITS } from "./condition.ts";
import { tooDeep } from "./matcher.ts";
import { shown } from "./search_refusal.ts";
import { pathText, type SearchField, type SearchTarget, type Step, targetOf, TARGETS } from "./search_target.ts";
import { misread, type Token, tokensOf } from "./xquery_tokens.ts";

/** What a query asks for. */
export interface Query {
  readonly target: SearchTarget;
  /** Whose documents, as the collection names them; "" for everybody's. */
  readonly owner: string;
  readonly where: Condition | null;
  readonly returns: Returned;
}

/** What a result is made of: the element itself as far as it may be told, or an element of the query's own around some fields. */
export interface Returned {
  /** Null: the element itself. */
  readonly element: Step | null;
  /** Names of fields, as often and in the order in which they are asked for. */
  readonly fields: readonly string[];
}

const DECLARATIONS = 16;
const RETURNED = 32;
/** What people write where only whole values are compared (UPROF-14). */
const PARTIAL = new Set(["contains", "starts-with", "ends-with", "matches", "substring", "string-length", "translate"]);

/**
 * Reads a query of the subset of XQuery 1.0 that searches take (oma-reference §5.9):
 *
 *     xquery version "1.0"; declare default element namespace "…"; declare namespace p = "…";
 *     for $u in collection("<auid>/users/")/<path> where <condition> return $u | <name>{$u/<path>} …</name>
 *
 * with `and`, `or`, `not()` and parentheses over comparisons of a path with a string. Throws SearchRefusal that says where, what
 * was found, and what is allowed. Nothing in it calls itself, so that no query is too deep for the stack.
 */
export function parseQuery(query: string): Query {
  return new Reader(query).query();
}

class Reader {
  readonly #query: string;
  readonly #tokens: readonly Token[];
  readonly #namespaces = new Map<string, string>([["", ""], ["xs", "http://www.w3.org/2001/XMLSchema"]]);
  #place = 0;
  #variable = "";
  #target!: SearchTarget;

  constructor(query: string) {
    this.#query = query;
    this.#tokens = tokensOf(query);
  }

  query(): Query {
    this.#prolog();
    this.#word("for");
    this.#variable = this.#take("variable", "a variable such as $u").text;
    this.#word("in");
    this.#word("collection");
    this.#symbol("(");
    const collection = this.#take("string", 'a collection such as "org.openmobilealliance.user-profile/users/"');
    const owner = this.#collection(collection);
    this.#symbol(")");
    const start = this.#next;
    const path = this.#path();
    if (!samePath(path, this.#target.path)) {
      throw this.#wrong(start, `the path behind the collection is /${pathText(this.#target.path)} in its namespace`);
    }
    const where = this.#isWord("where") ? this.#where() : null;
    if (where === null && this.#target.tells === "basis") {
      throw this.#wrong(this.#next, "expected where: not everybody is listed");
    }
    this.#word("return");
    const returns = this.#returned(new Set(comparisonsOf(where).map(({ field }) => field)));
    if (this.#next.kind !== "end") throw this.#expected("the end of the query");
    return { target: this.#target, owner, where, returns };
  }

  #prolog(): void {
    if (this.#isWord("xquery")) {
      this.#place++;
      this.#word("version");
      const version = this.#take("string", '"1.0"');
      if (version.text !== "1.0") {
        throw this.#wrong(version, `version ${shown(version.text)} is not taken; allowed: "1.0"`);
      }
      if (this.#isWord("encoding")) {
        this.#place++;
        this.#take("string", "an encoding");
      }
      this.#symbol(";");
    }
    for (let count = 0; this.#isWord("declare"); count++) {
      if (count === DECLARATIONS) throw this.#wrong(this.#next, `a query has ${DECLARATIONS} declarations at most`);
      this.#place++;
      let prefix = "";
      if (this.#isWord("default")) {
        this.#place++;
        this.#word("element");
        this.#word("namespace");
      } else {
        this.#word("namespace");
        const name = this.#take("name", "a prefix");
        if (name.text.includes(":") || /^xml/i.test(name.text)) throw this.#wrong(name, "this is no prefix");
        prefix = name.text;
        this.#symbol("=");
      }
      this.#namespaces.set(prefix, this.#take("string", "a namespace in quotes").text);
      this.#symbol(";");
    }
  }

  /** Learns the target; gives whose documents. */
  #collection(token: Token): string {
    const [, auid = "", owner = ""] = /^\/?([^\/]+)\/users\/(?:([^\/]+)\/?)?$/.exec(token.text) ?? [];
    const target = targetOf(auid);
    if (target === undefined) {
      const allowed = TARGETS.map((one) => `"${one.auid}/users/"`).join(", ");
      throw this.#wrong(token, `there is no collection ${shown(token.text)} to search; allowed: ${allowed}`);
    }
    this.#target = target;
    return owner;
  }

  /** What follows a variable or the collection: `/a/b`, `/@c`; empty where nothing does. */
  #path(): Step[] {
    const steps: Step[] = [];
    while (this.#isSymbol("/")) {
      this.#place++;
      const attribute = this.#isSymbol("@");
      if (attribute) this.#place++;
      const name = this.#take("name", "a name; steps are plain names");
      steps.push(attribute ? this.#attribute(name) : this.#named(name));
      if (attribute) break;
    }
    if (this.#isSymbol("[") || this.#isSymbol("//")) {
      throw this.#wrong(this.#next, `${shown(this.#next.text)} is not taken in a path; conditions stand behind where`);
    }
    return steps;
  }

  #named(token: Token): Step {
    const colon = token.text.indexOf(":");
    const prefix = colon < 0 ? "" : token.text.slice(0, colon);
    const namespace = this.#namespaces.get(prefix);
    if (namespace === undefined) {
      throw this.#wrong(
        token,
        `the prefix of ${shown(token.text)} is not declared; add declare namespace ${prefix} = "…";`,
      );
    }
    return { namespace, name: token.text.slice(colon + 1) };
  }

  /** The default namespace is for elements alone. */
  #attribute(token: Token): Step {
    const { namespace, name } = token.text.includes(":") ? this.#named(token) : { namespace: "", name: token.text };
    return { namespace, name: `@${name}` };
  }

  #where(): Condition {
    this.#place++;
    // Each open parenthesis: alternatives of what has to hold together, and whether all is turned round.
    const open: { readonly any: Condition[][]; readonly negated: boolean }[] = [{ any: [[]], negated: false }];
    let comparisons = 0;
    for (;;) {
      const negated = this.#isWord("not");
      if (negated) this.#place++;
      if (negated || this.#isSymbol("(")) {
        this.#symbol("(");
        if (open.length > CONDITION_LIMITS.depth) throw tooDeep();
        open.push({ any: [[]], negated });
        continue;
      }
      if (++comparisons > CONDITION_LIMITS.comparisons) {
        throw this.#wrong(this.#next, `a query has ${CONDITION_LIMITS.comparisons} comparisons at most`);
      }
      open.at(-1)!.any.at(-1)!.push(this.#comparison());
      while (open.length > 1 && this.#isSymbol(")")) {
        this.#place++;
        const { any, negated } = open.pop()!;
        const inside = joined("any", any.map((all) => joined("all", all)));
        open.at(-1)!.any.at(-1)!.push(negated ? { kind: "not", of: inside } : inside);
      }
      if (this.#isWord("and")) this.#place++;
      else if (this.#isWord("or")) {
        this.#place++;
        open.at(-1)!.any.push([]);
      } else if (open.length === 1) return joined("any", open[0].any.map((all) => joined("all", all)));
      else throw this.#expected("and, or, or )");
    }
  }

  #comparison(): Condition {
    const start = this.#next;
    if (start.kind === "name" && this.#tokens[this.#place + 1].text === "(") throw this.#aFunction(start);
    const field = this.#field("a path such as $u/display-name, not(, or (");
    const sign = this.#next;
    const operator = sign.text;
    if (sign.kind !== "symbol" || !isComparator(operator)) {
      const why = operator === "!=" ? '!= is not taken; write not(… = "…")' : "expected =";
      throw this.#wrong(sign, `${why}${field.type === "date" ? ", <, <=, > or >=" : ""}${found(sign)}`);
    }
    if (operator !== "=" && field.type !== "date") {
      throw this.#wrong(sign, `${operator} is for dates; ${field.name} is compared by = with a whole value`);
    }
    this.#place++;
    const dated = this.#isWord("xs:date");
    if (dated) {
      this.#place++;
      this.#symbol("(");
    }
    const value = this.#next;
    if (value.kind === "name" && this.#tokens[this.#place + 1].text === "(") throw this.#aFunction(value);
    const { text } = this.#take("string", "a whole value in quotes");
    if (dated) this.#symbol(")");
    return { kind: "compare", field: field.name, operator, value: text };
  }

  /** A path from the variable to a field of the target. */
  #field(wanted: string): SearchField {
    const start = this.#take("variable", wanted);
    if (start.text !== this.#variable) throw this.#wrong(start, `there is no $${start.text}, only $${this.#variable}`);
    const path = this.#path();
    const field = this.#target.fields.find((one) => samePath(one.path, path));
    if (field !== undefined) return field;
    const allowed = this.#target.fields.map((one) => pathText(one.path)).join(", ");
    throw this.#wrong(
      start,
      `${shown(pathText(path))} is nothing to search by; allowed, in their namespace: ${allowed}`,
    );
  }

  #returned(used: ReadonlySet<string>): Returned {
    if (!this.#isSymbol("<")) {
      const whole = this.#take("variable", `$${this.#variable} or an element`);
      if (whole.text !== this.#variable || this.#isSymbol("/")) throw this.#expected(`$${this.#variable} alone`);
      return { element: null, fields: [] };
    }
    this.#place++;
    const opened = this.#take("name", "a name");
    const element = this.#named(opened);
    const fields: string[] = [];
    if (this.#isSymbol("/>")) {
      this.#place++;
      return { element, fields };
    }
    if (!this.#isSymbol(">")) throw this.#expected("> (elements that are made have no attributes)");
    this.#place++;
    while (!this.#isSymbol("</")) {
      if (!this.#isSymbol("{")) throw this.#expected("{ or </");
      this.#place++;
      for (let more = true; more;) {
        if (fields.length === RETURNED) throw this.#wrong(this.#next, `a result has ${RETURNED} parts at most`);
        const start = this.#next;
        const field = this.#field(`a path such as ${this.#target.variable}/@uri`);
        const why = untold(field, this.#target, used);
        if (why !== "") throw this.#wrong(start, `${field.name} ${why}`);
        fields.push(field.name);
        more = this.#isSymbol(",");
        if (more) this.#place++;
      }
      this.#symbol("}");
    }
    this.#place++;
    const closed = this.#take("name", "a name");
    if (closed.text !== opened.text) throw this.#wrong(closed, `<${opened.text}> ends with </${opened.text}>`);
    this.#symbol(">");
    return { element, fields };
  }

  get #next(): Token {
    return this.#tokens[this.#place];
  }

  #isWord(word: string): boolean {
    return this.#next.kind === "name" && this.#next.text === word;
  }

  #isSymbol(symbol: string): boolean {
    return this.#next.kind === "symbol" && this.#next.text === symbol;
  }

  #word(word: string): void {
    if (!this.#isWord(word)) throw this.#expected(word);
    this.#place++;
  }

  #symbol(symbol: string): void {
    if (!this.#isSymbol(symbol)) throw this.#expected(symbol);
    this.#place++;
  }

  #take(kind: Token["kind"], wanted: string): Token {
    if (this.#next.kind !== kind) throw this.#expected(wanted);
    return this.#tokens[this.#place++];
  }

  #aFunction({ text, at }: Token): Error {
    const why = PARTIAL.has(text.replace(/^fn:/, ""))
      ? `${text}() is not taken: only whole values are compared, as in $${this.#variable}/display-name = "Alice"`
      : `there is no function ${text}() here; allowed: not(), xs:date()`;
    return misread(this.#query, at, why);
  }

  #expected(wanted: string): Error {
    return this.#wrong(this.#next, `expected ${wanted}${found(this.#next)}`);
  }

  #wrong({ at }: Token, why: string): Error {
    return misread(this.#query, at, why);
  }
}

/** Why a field is not told in results (PRI-6, PRI-7); "" where it is. */
function untold({ name, path, identifies }: SearchField, target: SearchTarget, used: ReadonlySet<string>): string {
  if (path.length > 1 && path.at(-1)!.name.startsWith("@")) {
    return `is an attribute of a part: return ${target.variable}`;
  }
  if (target.tells === "everything" || name === "uri" || name === "display-name") return "";
  if (identifies) return "says who somebody is and stands in no result";
  return used.has(name) ? "" : "stands in no result unless the search is by it; allowed: @uri, display-name";
}

function found({ kind, text }: Token): string {
  return kind === "end" ? ", found the end" : `, found ${shown(kind === "variable" ? `$${text}` : text)}`;
}

function joined(kind: "all" | "any", of: readonly Condition[]): Condition {
  return of.length === 1 ? of[0] : { kind, of };
}

function isComparator(text: string): text is "=" | "<" | "<=" | ">" | ">=" {
  return text === "=" || text === "<" || text === "<=" || text === ">" || text === ">=";
}

function samePath(one: readonly Step[], other: readonly Step[]): boolean {
  return one.length === other.length &&
    one.every(({ namespace, name }, i) => name === other[i].name && namespace === other[i].namespace);
}

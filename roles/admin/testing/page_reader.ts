import { type FakeWorld, PASSWORD } from "./fake_services.ts";
import { pagesOver, type Visit, Visitor } from "./page_visitor.ts";

/** What a page answered. */
export interface ReadPage {
  readonly status: number;
  readonly headers: Headers;
  readonly html: string;
  /** What a reader sees of the main part: without tags, white space folded. */
  readonly text: string;
}

/** An admin who reads pages in a language and fills their forms in, without script. */
export class PageReader {
  readonly #visitor: Visitor;

  private constructor(visitor: Visitor) {
    this.#visitor = visitor;
  }

  static async of(world: FakeWorld, name: string, locale = "en", password = PASSWORD): Promise<PageReader> {
    const visitor = new Visitor(pagesOver(world));
    visitor.cookies.set("__Host-parley", await world.logIn(name, password));
    visitor.cookies.set("parley_locale", locale);
    return new PageReader(visitor);
  }

  async get(path: string): Promise<ReadPage> {
    return read(await this.#visitor.get(path));
  }

  async post(path: string, fields: Readonly<Record<string, string>>): Promise<ReadPage> {
    return read(await this.#visitor.post(path, fields));
  }

  /** Posts, and reads the page that it leads to. Throws where it leads nowhere. */
  async done(path: string, fields: Readonly<Record<string, string>>): Promise<ReadPage> {
    const visit = await this.#visitor.post(path, fields);
    if (visit.status !== 303) throw new Error(`${path}: ${visit.status}: ${read(visit).text.slice(0, 1500)}`);
    return read(await this.#visitor.follow(visit));
  }
}

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', "#39": "'", amp: "&" };

function read({ status, headers, text: html }: Visit): ReadPage {
  const main = html.replace(/^[\s\S]*?<main/, "<main").replace(/<\/main>[\s\S]*$/, "").replace(/<[^>]*>/g, " ");
  const text = main.replace(/&(lt|gt|quot|#39|amp);/g, (_, name: string) => ENTITIES[name]).replace(/\s+/g, " ").trim();
  return { status, headers, html, text };
}

/** The chapter that has the schemas. */
export const SCHEMAS = "schemas";

/** A tag as an address has it. */
export function slug(tag: string): string {
  return tag.toLowerCase().replace(/[^a-z0-9]+/g, "-");
}

export function chapterLink(chapter: string): string {
  return `/admin/api?chapter=${chapter}`;
}

/** To one operation: what a link leads to inside of a closed part opens it. */
export function operationLink(chapter: string, id: string): string {
  return `${chapterLink(chapter)}#${id}`;
}

export function schemaLink(name: string): string {
  return `${chapterLink(SCHEMAS)}#schema-${name}`;
}

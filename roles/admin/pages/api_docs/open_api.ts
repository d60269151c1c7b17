/** The parts of an OpenAPI 3.1 document that the viewer shows. */
export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, RawOperation>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
  readonly "x-problems"?: Readonly<
    Record<string, { readonly status: number; readonly title: string; readonly description: string }>
  >;
}

/** JSON Schema 2020-12, as far as this API uses it. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly example?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly prefixItems?: readonly Schema[];
  readonly additionalProperties?: boolean | Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
}

type Content = Readonly<Record<string, { readonly schema?: Schema }>>;

interface RawOperation {
  readonly operationId?: string;
  readonly tags?: readonly string[];
  readonly summary?: string;
  readonly description?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly description?: string; readonly content?: Content };
  readonly responses?: Readonly<Record<string, { readonly description?: string; readonly content?: Content }>>;
  readonly "x-permission"?: string;
}

export interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema?: Schema;
}

/** A body: its type, and its schema where it is JSON. */
export interface Body {
  readonly type: string;
  readonly schema: Schema | null;
}

export interface Operation {
  /** Its anchor on the page. */
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  /** More than the summary; "" for nothing. */
  readonly description: string;
  readonly permission: string;
  readonly parameters: readonly Parameter[];
  readonly body: Body | null;
  readonly bodyNote: string;
  readonly responses: readonly { readonly status: string; readonly description: string; readonly body: Body | null }[];
}

export interface Chapter {
  readonly tag: string;
  readonly operations: readonly Operation[];
}

const METHODS = ["get", "post", "put", "patch", "delete"] as const;

/** All operations by tag, in the document's order; within one path reading goes before writing. */
export function chaptersOf({ paths }: OpenApi): Chapter[] {
  const chapters = new Map<string, Operation[]>();
  for (const [path, operations] of Object.entries(paths)) {
    for (const method of METHODS) {
      const raw = operations[method];
      if (raw === undefined) continue;
      const tag = raw.tags?.[0] ?? "other";
      const list = chapters.get(tag) ?? [];
      chapters.set(tag, list);
      list.push(operationOf(method, path, raw));
    }
  }
  return [...chapters].map(([tag, operations]) => ({ tag, operations }));
}

function operationOf(method: string, path: string, raw: RawOperation): Operation {
  return {
    id: raw.operationId ?? `${method}${path.replace(/\W+/g, "_")}`,
    method: method.toUpperCase(),
    path,
    summary: raw.summary ?? "",
    // The permission has a place of its own.
    description: (raw.description ?? "").replace(/\s*Permission: `[^`]*`\.\s*$/, ""),
    permission: raw["x-permission"] ?? "",
    parameters: raw.parameters ?? [],
    body: bodyOf(raw.requestBody?.content),
    bodyNote: raw.requestBody?.description ?? "",
    responses: Object.entries(raw.responses ?? {}).map(([status, { description = "", content }]) => ({
      status,
      description,
      body: status.startsWith("2") ? bodyOf(content) : null,
    })),
  };
}

function bodyOf(content: Content | undefined): Body | null {
  const [type, media] = Object.entries(content ?? {})[0] ?? [];
  if (type === undefined) return null;
  return { type, schema: type === "application/json" ? media?.schema ?? null : null };
}

/** `User` of `#/components/schemas/User`; null for another reference. */
export function schemaName({ $ref }: Schema): string | null {
  return /^#\/components\/schemas\/([\w.-]+)$/.exec($ref ?? "")?.[1] ?? null;
}

/** A type in a word or a few: `string`, `integer or null`, `one of "a", "b"`, `list of User`. */
export function typeWords(schema: Schema): string {
  const name = schemaName(schema);
  if (name !== null) return name;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return [...new Set(choices.map(typeWords))].join(" | ");
  if (schema.allOf !== undefined) return schema.allOf.map(typeWords).join(" & ");
  const types = typeof schema.type === "string" ? [schema.type] : schema.type ?? [];
  return types.map((type) => {
    if (type === "array") return schema.prefixItems ? "tuple" : `${typeWords(schema.items ?? {})}[]`;
    return schema.format === undefined ? type : `${type} (${schema.format})`;
  }).join(" | ") || "any";
}

/** What a value must keep to, in a few words; "" for nothing. */
export function limitWords(schema: Schema): string {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems } = schema;
  const words: string[] = [];
  const range = (least: number | undefined, most: number | undefined, what: string) => {
    // What merely says "a safe integer" says nothing.
    const [low, high] = [least ?? null, most ?? null].map((n) => n !== null && Math.abs(n) > 9e15 ? null : n);
    if (low !== null && high !== null) words.push(`${low}…${high}${what}`);
    else if (high !== null) words.push(`≤ ${high}${what}`);
    else if (low !== null) words.push(`≥ ${low}${what}`);
  };
  range(minimum, maximum, "");
  range(minLength, maxLength, " characters");
  range(minItems, maxItems, " entries");
  if (schema.default !== undefined) words.push(`default ${JSON.stringify(schema.default)}`);
  return words.join(", ");
}

import type { OpenApi, Operation, Schema } from "./open_api.ts";
import { schemaName } from "./open_api.ts";

const MAX_DEPTH = 5;
const TOKEN = "$TOKEN";

/** A value that fits a schema: its example where it has one. */
export function exampleOf(schema: Schema, document: OpenApi, depth = 0): unknown {
  if (schema.example !== undefined) return schema.example;
  if (schema.default !== undefined) return schema.default;
  if (schema.const !== undefined) return schema.const;
  if (depth > MAX_DEPTH) return null;
  const name = schemaName(schema);
  if (name !== null) return exampleOf(document.components?.schemas?.[name] ?? {}, document, depth + 1);
  if (schema.enum !== undefined) return schema.enum[0];
  const choice = (schema.anyOf ?? schema.oneOf)?.[0];
  if (choice !== undefined) return exampleOf(choice, document, depth + 1);
  if (schema.allOf !== undefined) {
    return Object.assign({}, ...schema.allOf.map((part) => exampleOf(part, document, depth + 1)));
  }
  const type = typeof schema.type === "string" ? schema.type : schema.type?.[0];
  if (schema.properties !== undefined || type === "object") {
    const properties = Object.entries(schema.properties ?? {});
    return Object.fromEntries(properties.map(([key, value]) => [key, exampleOf(value, document, depth + 1)]));
  }
  if (type === "array") return schema.items === undefined ? [] : [exampleOf(schema.items, document, depth + 1)];
  if (type === "integer" || type === "number") {
    return schema.minimum === undefined || schema.minimum < 0 ? 1 : schema.minimum;
  }
  if (type === "boolean") return false;
  return type === "null" ? null : "…";
}

/** A command line that makes this request. `origin`: `https://im.example.test:8443`. */
export function curlOf(operation: Operation, document: OpenApi, origin: string): string {
  const { method, permission, body, parameters } = operation;
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const schema = parameters.find((one) => one.in === "path" && one.name === name)?.schema ?? {};
    const example = schema.example ?? schema.enum?.[0];
    return example === undefined ? `${name.toUpperCase()}` : encodeURIComponent(String(example));
  });
  const wanted = parameters.filter((one) => one.in === "query" && one.required).map(({ name, schema = {} }) =>
    `${name}=${encodeURIComponent(String(exampleOf(schema, document)))}`
  );
  const query = wanted.length === 0 ? "" : `?${wanted.join("&")}`;
  const parts = [method === "GET" ? "curl" : `curl -X ${method}`];
  if (permission !== "public") parts.push(`-H "Authorization: Bearer ${TOKEN}"`);
  for (const { name, required } of parameters.filter((one) => one.in === "header")) {
    if (required) parts.push(`-H "${name}: …"`);
  }
  if (body !== null) {
    parts.push(`-H "Content-Type: ${body.type}"`);
    const octets = "--data-binary @FILE";
    parts.push(body.schema === null ? octets : `-d ${quoted(JSON.stringify(exampleOf(body.schema, document)))}`);
  }
  parts.push(quoted(`${origin}${path}${query}`));
  return parts.join(" \\\n  ");
}

/** For a POSIX shell; plain where nothing in it means anything to one. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

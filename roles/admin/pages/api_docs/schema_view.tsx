import { limitWords, type OpenApi, type Schema, schemaName, typeWords } from "./open_api.ts";
import { schemaLink } from "./places.ts";
import { Prose } from "./prose.tsx";
import { t } from "./texts.ts";

const MAX_DEPTH = 6;

/** A schema as a tree; what has a name is a link to it. */
export function SchemaView({ schema, document, depth = 0 }: { schema: Schema; document: OpenApi; depth?: number }) {
  const inner = innerOf(schema);
  const name = schemaName(inner);
  if (name !== null) return <SchemaLink name={name} list={inner !== schema} />;
  const fields = Object.entries(inner.properties ?? {});
  const choices = inner.anyOf ?? inner.oneOf;
  if (
    choices !== undefined && choices.some((choice) => innerOf(choice).properties !== undefined) && depth < MAX_DEPTH
  ) {
    return (
      <ul class="schema-tree">
        {choices.map((choice) => (
          <li>
            <SchemaView schema={choice} document={document} depth={depth + 1} />
          </li>
        ))}
      </ul>
    );
  }
  if (fields.length === 0 || depth >= MAX_DEPTH) return <TypeWords schema={schema} />;
  return (
    <>
      {inner !== schema && <span class="schema-type">[]</span>}
      <ul class="schema-tree" dir="ltr">
        {fields.map(([field, value]) => (
          <li>
            <code class="strong">{field}</code>{" "}
            <FieldWords schema={value} must={inner.required?.includes(field) ?? false} />
            {deeper(value) && <SchemaView schema={value} document={document} depth={depth + 1} />}
          </li>
        ))}
      </ul>
    </>
  );
}

/** Of a list, what is in it. */
function innerOf(schema: Schema): Schema {
  return schema.type === "array" && schema.items !== undefined ? schema.items : schema;
}

function deeper(schema: Schema): boolean {
  const inner = innerOf(schema);
  return inner.properties !== undefined ||
    ((inner.anyOf ?? inner.oneOf)?.some((choice) => innerOf(choice).properties !== undefined) ?? false);
}

function FieldWords({ schema, must }: { schema: Schema; must: boolean }) {
  return (
    <>
      {!deeper(schema) && <TypeWords schema={schema} />}
      {must && <span class="hint">{` ${t("required")}`}</span>}
      {schema.description !== undefined && (
        <span class="soft">
          {" "}
          <Prose text={schema.description} />
        </span>
      )}
    </>
  );
}

export function TypeWords({ schema }: { schema: Schema }) {
  const inner = innerOf(schema);
  const name = schemaName(inner);
  const limits = limitWords(schema);
  if (name !== null) return <SchemaLink name={name} list={inner !== schema} />;
  return (
    <>
      <span class="schema-type">{typeWords(schema)}</span>
      {limits !== "" && <span class="hint" lang="en">{` ${limits}`}</span>}
    </>
  );
}

function SchemaLink({ name, list }: { name: string; list: boolean }) {
  return (
    <span class="schema-type">
      <a href={schemaLink(name)}>{name}</a>
      {list && "[]"}
    </span>
  );
}

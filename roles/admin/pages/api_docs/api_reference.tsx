import { ButtonLink, Card, Copyable, More, Table, useUi } from "../../../../web/ui/mod.ts";
import { chaptersOf, type OpenApi } from "./open_api.ts";
import { OperationView } from "./operation_view.tsx";
import { SchemaView } from "./schema_view.tsx";
import { t } from "./texts.ts";

const RULES = ["time", "problem", "etag", "pages", "idempotency"] as const;

/** The whole document, by chapters; anchors for each operation and schema. */
export function ApiReference({ document, origin }: { document: OpenApi; origin: string }) {
  const { format } = useUi();
  const chapters = chaptersOf(document);
  const schemas = Object.entries(document.components?.schemas ?? {});
  const problems = Object.entries(document["x-problems"] ?? {});
  return (
    <>
      <Card title={t("start")}>
        <p>{t("start.words")}</p>
        <Copyable
          id="first-curl"
          text={`curl -H "Authorization: Bearer $TOKEN" ${origin}/api/v1/status`}
          what={t("start.example")}
        />
        <More label={t("rules")}>
          <ul>{RULES.map((rule) => <li>{t(`rule.${rule}`)}</li>)}</ul>
        </More>
        <div class="actions">
          <ButtonLink href="/admin/tokens" icon="key">{t("tokens")}</ButtonLink>
          <ButtonLink kind="quiet" href="/api/v1/openapi.json" icon="download" download>{t("document")}</ButtonLink>
        </div>
      </Card>
      <nav class="jump" aria-label={t("chapters")}>
        {chapters.map(({ tag }) => <a href={`#tag-${slug(tag)}`}>{tag}</a>)}
        <a href="#schemas">{t("schemas")}</a>
        <a href="#problems">{t("problems")}</a>
      </nav>
      {chapters.map(({ tag, operations }) => (
        <section class="stack tight" aria-labelledby={`tag-${slug(tag)}`}>
          <div class="card-head">
            <h2 id={`tag-${slug(tag)}`} lang="en">{capital(tag)}</h2>
            <span class="hint">{t("operations", { n: operations.length })}</span>
          </div>
          {operations.map((operation) => <OperationView operation={operation} document={document} origin={origin} />)}
        </section>
      ))}
      <section class="stack tight" aria-labelledby="schemas">
        <h2 id="schemas">{t("schemas")}</h2>
        {schemas.map(([name, schema]) => (
          <details class="operation" id={`schema-${name}`}>
            <summary>
              <code dir="ltr">{name}</code>
            </summary>
            <div class="stack">
              <SchemaView schema={schema} document={document} />
            </div>
          </details>
        ))}
      </section>
      <Card title={t("problems")} id="problems">
        <p>{t("problems.words")}</p>
        <Table
          caption={t("problems")}
          quiet
          columns={[
            { label: t("type"), head: true, cell: ([kind]) => <code dir="ltr">{kind}</code> },
            { label: t("status"), cell: ([, { status }]) => format.number(status) },
            { label: t("meaning"), cell: ([, { description }]) => <span lang="en">{description}</span> },
          ]}
          rows={problems}
        />
      </Card>
    </>
  );
}

function slug(tag: string): string {
  return tag.toLowerCase().replace(/[^a-z0-9]+/g, "-");
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

import { ButtonLink, Card, Copyable, More, Table, Tabs, useUi } from "../../../../web/ui/mod.ts";
import { type Chapter, chaptersOf, type OpenApi } from "./open_api.ts";
import { Method, OperationView } from "./operation_view.tsx";
import { chapterLink, operationLink, SCHEMAS, slug } from "./places.ts";
import { Prose } from "./prose.tsx";
import { SchemaView } from "./schema_view.tsx";
import { t } from "./texts.ts";

const RULES = ["time", "problem", "etag", "pages", "idempotency"] as const;

/**
 * The document, a chapter at a time: all of it at once would be a third of a megabyte. `chapter` "": how to begin and a list
 * of everything.
 */
export function ApiReference({ document, origin, chapter }: { document: OpenApi; origin: string; chapter: string }) {
  const chapters = chaptersOf(document);
  const shown = chapters.find(({ tag }) => slug(tag) === chapter);
  return (
    <>
      <Tabs
        label={t("chapters")}
        look="segments"
        tabs={[
          { href: "/admin/api", label: t("overview"), current: shown === undefined && chapter !== SCHEMAS },
          ...chapters.map((one) => ({ href: chapterLink(slug(one.tag)), label: one.tag, current: one === shown })),
          { href: chapterLink(SCHEMAS), label: t("schemas"), current: chapter === SCHEMAS },
        ]}
      />
      {chapter === SCHEMAS
        ? <Schemas document={document} />
        : shown === undefined
        ? <Overview document={document} chapters={chapters} origin={origin} />
        : (
          <section class="stack tight" aria-labelledby="chapter">
            <Heading chapter={shown} />
            {shown.operations.map((operation) => (
              <OperationView operation={operation} document={document} origin={origin} />
            ))}
          </section>
        )}
    </>
  );
}

function Heading({ chapter: { tag, operations } }: { chapter: Chapter }) {
  return (
    <div class="card-head">
      <h2 id="chapter" lang="en">{capital(tag)}</h2>
      <span class="hint">{t("operations", { n: operations.length })}</span>
    </div>
  );
}

function Overview({ document, chapters, origin }: { document: OpenApi; chapters: readonly Chapter[]; origin: string }) {
  const { format } = useUi();
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
      <Table
        caption={t("all")}
        columns={[
          {
            label: t("path"),
            head: true,
            cell: ({ tag, operation }) => (
              <a class="break" href={operationLink(slug(tag), operation.id)} dir="ltr">
                <Method name={operation.method} /> <code>{operation.path}</code>
              </a>
            ),
          },
          { label: t("meaning"), cell: ({ operation }) => <Prose text={operation.summary} /> },
        ]}
        rows={chapters.flatMap(({ tag, operations }) => operations.map((operation) => ({ tag, operation })))}
      />
      <Card title={t("problems")} id="problems">
        <p>{t("problems.words")}</p>
        <Table
          caption={t("problems")}
          quiet
          columns={[
            { label: t("type"), head: true, cell: ([kind]) => <code dir="ltr">{kind}</code> },
            { label: t("status"), cell: ([, { status }]) => format.number(status) },
            { label: t("meaning"), cell: ([, { description }]) => <Prose text={description} /> },
          ]}
          rows={Object.entries(document["x-problems"] ?? {})}
        />
      </Card>
    </>
  );
}

function Schemas({ document }: { document: OpenApi }) {
  return (
    <section class="stack tight" aria-labelledby="chapter">
      <h2 id="chapter">{t("schemas")}</h2>
      {Object.entries(document.components?.schemas ?? {}).map(([name, schema]) => (
        <details class="operation">
          <summary>
            <code dir="ltr">{name}</code>
          </summary>
          <div class="stack" id={`schema-${name}`}>
            <SchemaView schema={schema} document={document} />
          </div>
        </details>
      ))}
    </section>
  );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

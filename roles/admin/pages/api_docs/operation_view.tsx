import { Copyable, Table } from "../../../../web/ui/mod.ts";
import { curlOf } from "./example.ts";
import type { Body, OpenApi, Operation } from "./open_api.ts";
import { Prose } from "./prose.tsx";
import { SchemaView, TypeWords } from "./schema_view.tsx";
import { t } from "./texts.ts";

const TONES: Readonly<Record<string, string>> = {
  GET: "info",
  POST: "ok",
  PUT: "warning",
  PATCH: "warning",
  DELETE: "critical",
};

/** One operation: closed it is a line, open it is all there is to know. */
export function OperationView({ operation, document, origin }: {
  operation: Operation;
  document: OpenApi;
  origin: string;
}) {
  const { id, method, path, summary, description, permission, parameters, body, bodyNote, responses } = operation;
  return (
    <details class="operation">
      <summary>
        <Method name={method} />
        <code class="break" dir="ltr">{path}</code>
        <span class="soft">
          <Prose text={summary} />
        </span>
      </summary>
      <div class="stack" id={id}>
        {description !== "" && (
          <p>
            <Prose text={description} />
          </p>
        )}
        <p>
          {`${t("permission")}: `}
          <Permission of={permission} />
        </p>
        {parameters.length > 0 && (
          <Table
            caption={t("parameters")}
            columns={[
              {
                label: t("parameter"),
                head: true,
                cell: ({ name, required }) => (
                  <>
                    <code>{name}</code>
                    {required && <span class="sub">{t("required")}</span>}
                  </>
                ),
              },
              { label: t("where"), cell: (one) => one.in },
              { label: t("type"), cell: ({ schema }) => <TypeWords schema={schema ?? {}} /> },
              {
                label: t("meaning"),
                cell: ({ description, schema }) => <Prose text={description ?? schema?.description ?? ""} />,
              },
            ]}
            rows={parameters}
          />
        )}
        {body !== null && (
          <div>
            <h3>{`${t("body")} (${body.type})`}</h3>
            {bodyNote !== "" && <p lang="en">{bodyNote}</p>}
            <BodyView body={body} document={document} />
          </div>
        )}
        <div>
          <h3>{t("answers")}</h3>
          <ul class="schema-tree">
            {responses.map((response) => (
              <li>
                <code class="strong">{response.status}</code> <Prose text={response.description} />
                {response.body !== null && (
                  <>
                    <span class="hint">{` ${response.body.type} `}</span>
                    <BodyView body={response.body} document={document} />
                  </>
                )}
              </li>
            ))}
          </ul>
        </div>
        <div>
          <h3>{t("example")}</h3>
          <Copyable id={`${id}-curl`} text={curlOf(operation, document, origin)} what={t("example")} />
        </div>
      </div>
    </details>
  );
}

export function Method({ name }: { name: string }) {
  return <span class={`method ${TONES[name] ?? "plain"}`}>{name}</span>;
}

function BodyView({ body, document }: { body: Body; document: OpenApi }) {
  return body.schema === null ? null : <SchemaView schema={body.schema} document={document} />;
}

function Permission({ of }: { of: string }) {
  return (
    <>
      {of.split("|").map((part, at) => (
        <>
          {at > 0 && " / "}
          {part === "public" || part === "any" || part === "admin" || part === "self" || part === "own"
            ? t(`permission.${part === "own" ? "self" : part}`)
            : <code>{part}</code>}
        </>
      ))}
    </>
  );
}

import {
  ActionForm,
  Alert,
  Button,
  Card,
  Confirm,
  EmptyState,
  type FormState,
  newForm,
  PageError,
  setFlash,
  Table,
} from "../../../../web/ui/mod.ts";
import type { AuthorityView, BoxStatus, CertificateView, CsrView } from "../../services/mod.ts";
import type { ApiClient } from "../frame/api_client.ts";
import { type ConsoleApp, type ConsoleContext, needs } from "../frame/console.ts";
import { consolePage } from "../frame/page_frame.tsx";
import { actOnCertificates } from "./certificate_actions.ts";
import { AuthorityPart, RequestForm, RequestList, UploadForm } from "./certificate_forms.tsx";
import { CertificateFacts, certificateName, Expiry } from "./certificate_view.tsx";
import { t } from "./texts.ts";

const HERE = "/admin/certificates";

/** What GET of the certificates gives, together. */
export interface CertificateState {
  readonly certificates: readonly CertificateView[];
  readonly locked_by: string;
  readonly requests: readonly CsrView[];
  readonly authority: AuthorityView | null;
}

export async function readCertificates(api: ApiClient): Promise<CertificateState> {
  const [list, csr, authority] = await Promise.all([
    api.need<Pick<CertificateState, "certificates" | "locked_by">>("/certificates"),
    api.need<{ requests: CsrView[] }>("/certificates/requests"),
    api.need<{ authority: AuthorityView | null }>("/certificates/authority"),
  ]);
  return { ...list, requests: csr.requests, authority: authority.authority };
}

/** Certificates: what is in use, what else there is, and every way to a new one. */
export function certificatePages(app: ConsoleApp): void {
  app.get(HERE, needs("certificates.read"), (c) => page(c, null, 200));

  app.post(HERE, needs("certificates.write"), async (c) => {
    const posted = c.get("posted");
    const done = await actOnCertificates(c.get("console").api, posted);
    if (done === null) throw new PageError(400, "");
    if ("form" in done) return await page(c, { form: done.form, of: posted.text("do") }, done.status);
    setFlash(c, "ok", done.said);
    return c.redirect(HERE, 303);
  });

  app.get(
    `${HERE}/authority.pem`,
    needs("certificates.read"),
    (c) => c.get("console").api.raw("GET", "/certificates/authority.pem"),
  );

  app.get(`${HERE}/requests/:file`, needs("certificates.read"), async (c) => {
    const [, id] = /^(.+)\.csr$/.exec(c.req.param("file")) ?? [];
    const { requests } = await c.get("console").api.need<{ requests: CsrView[] }>("/certificates/requests");
    const found = requests.find((one) => one.id === id);
    if (found === undefined) throw new PageError(404, "");
    const name = (found.names[0] ?? "request").replace(/[^\w.-]/g, "_");
    return c.body(found.pem, 200, {
      "content-type": "application/pkcs10",
      "content-disposition": `attachment; filename="${name}.csr"`,
      "cache-control": "no-store",
    });
  });
}

/** The form that failed, by its button. */
interface Failed {
  readonly form: FormState;
  readonly of: string;
}

async function page(c: ConsoleContext, failed: Failed | null, status: number): Promise<Response> {
  const { api, may } = c.get("console");
  const [state, box] = await Promise.all([readCertificates(api), api.need<BoxStatus>("/status")]);
  const acts = may("certificates.write");
  const chooses = acts && state.locked_by === "";
  const inUse = state.certificates.find(({ in_use }) => in_use);
  const others = state.certificates.filter(({ in_use }) => !in_use);
  // URIs are made of the names (RFC 5922); nobody types them.
  const hosts = inUse?.names.filter((name) => !/^[a-z]+:[^:]*$/i.test(name)) ?? [];
  const names = [...new Set([...box.domains, ...hosts])].join("\n");
  const formOf = (of: string, values: Record<string, string>) => failed?.of === of ? failed.form : newForm(values);
  const loose = failed !== null && ["use", "remove", "reload", "self-signed", "discard"].includes(failed.of);
  return await consolePage(
    c,
    { title: t("title"), lead: t("lead"), here: HERE, status },
    <>
      {loose && <Alert tone="critical">{failed.form.alert}</Alert>}
      {!acts && <Alert tone="info">{t("look-only")}</Alert>}
      {state.locked_by !== "" && (
        <Alert tone="info" title={t("locked")}>{t("locked.text", { what: state.locked_by })}</Alert>
      )}
      <div class="split">
        <div class="stack">
          <InUse certificate={inUse} acts={acts} locked={state.locked_by !== ""} />
          {others.length > 0 && <Others certificates={others} acts={chooses} />}
          {chooses && (
            <Card title={t("upload")} id="upload">
              <p>{t("upload.text")}</p>
              <UploadForm form={formOf("upload", {})} />
            </Card>
          )}
        </div>
        <div class="stack">
          {(chooses || state.authority !== null) && (
            <Card title={t("authority")} id="authority">
              <p>{t("authority.text")}</p>
              <AuthorityPart
                authority={state.authority}
                form={failed !== null && ["authority", "issue"].includes(failed.of) ? failed.form : newForm({
                  name: `Parley ${box.domains[0] ?? ""}`.trim(),
                  authority_days: "3650",
                  days: "365",
                  issue_names: names,
                })}
                path={HERE}
                acts={chooses}
              />
            </Card>
          )}
          {(chooses || state.requests.length > 0) && (
            <Card title={t("request")} id="request">
              <p>{t("request.text")}</p>
              {state.requests.length > 0 && <RequestList requests={state.requests} path={HERE} acts={acts} />}
              {chooses && <RequestForm form={formOf("request", { names })} />}
            </Card>
          )}
          {chooses && (
            <Card title={t("self")} id="self-signed">
              <p>{t("self.text")}</p>
              <ActionForm>
                <Button name="do" value="self-signed" icon="refresh">{t("self.do")}</Button>
              </ActionForm>
            </Card>
          )}
        </div>
      </div>
    </>,
  );
}

function InUse({ certificate, acts, locked }: {
  certificate: CertificateView | undefined;
  acts: boolean;
  locked: boolean;
}) {
  return (
    <Card
      title={t("in-use")}
      id="in-use"
      actions={acts && locked && (
        <ActionForm>
          <Button small name="do" value="reload" icon="refresh">{t("reload")}</Button>
        </ActionForm>
      )}
    >
      {certificate === undefined
        ? <EmptyState icon="certificate" title={t("none")}>{t("none.text")}</EmptyState>
        : <CertificateFacts certificate={certificate} />}
    </Card>
  );
}

function Others({ certificates, acts }: { certificates: readonly CertificateView[]; acts: boolean }) {
  return (
    <Table
      caption={t("others")}
      rows={certificates}
      columns={[
        {
          label: t("subject"),
          head: true,
          cell: (one) => (
            <>
              <bdi dir="ltr">{certificateName(one)}</bdi>
              <span class="sub">
                {t(`source.${one.source}`)} · <bdi>{one.issuer}</bdi>
              </span>
            </>
          ),
        },
        { label: t("expires"), cell: (one) => <Expiry certificate={one} /> },
        { label: t("use"), bare: true, cell: (one) => acts && <Actions certificate={one} /> },
      ]}
    />
  );
}

function Actions({ certificate }: { certificate: CertificateView }) {
  const { id } = certificate;
  const name = certificateName(certificate);
  return (
    <div class="actions">
      <ActionForm fields={{ id }}>
        <Button small name="do" value="use">
          {t("use")}
          <span class="unseen">{`: ${name}`}</span>
        </Button>
      </ActionForm>
      <Confirm label={t("remove")} look={{ kind: "quiet-danger", small: true }}>
        <p>{t("remove.text")}</p>
        <ActionForm fields={{ id }}>
          <Button kind="danger-primary" small name="do" value="remove">{t("remove.what", { name })}</Button>
        </ActionForm>
      </Confirm>
    </div>
  );
}

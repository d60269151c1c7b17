import {
  ActionForm,
  Alert,
  Button,
  Card,
  failedForm,
  Field,
  Form,
  type FormState,
  More,
  newForm,
  PageError,
  setFlash,
  Textarea,
} from "../../../../web/ui/mod.ts";
import { actOnCertificates } from "../certificates/certificate_actions.ts";
import { AuthorityPart, RequestForm, RequestList, UploadForm } from "../certificates/certificate_forms.tsx";
import { CertificateFacts } from "../certificates/certificate_view.tsx";
import { readCertificates } from "../certificates/certificates_page.tsx";
import { t as k } from "../certificates/texts.ts";
import type { ConsoleContext } from "../frame/console.ts";
import { readSettings, rowsOf } from "../settings/settings_form.ts";
import { goOn, ownerPage, StepFoot } from "./set_up_page.tsx";
import { stepPath } from "./steps.tsx";
import { t } from "./texts.ts";

const CERTIFICATES = "/admin/certificates";
const AUTHORITY_DAYS = 3650, DAYS = 365;

export async function actOnCertificate(c: ConsoleContext): Promise<Response> {
  const posted = c.get("posted");
  const { api } = c.get("console");
  const step = posted.text("do");
  if (step === "certificate") return goOn(c, "certificate");
  if (step === "ca") {
    const names = posted.lines("issue_names");
    const made = await api.post("/certificates/authority", { name: posted.text("name"), days: AUTHORITY_DAYS });
    const issued = made.ok ? await api.post("/certificates/issue", { names, days: DAYS }) : made;
    if (!issued.ok) {
      const errors = issued.problem.errors.map(({ field = "", message }) => ({
        field: field.startsWith("names") ? "issue_names" : field,
        message,
      }));
      return await certificateStep(
        c,
        { of: "ca", form: failedForm(posted, { ...issued.problem, errors }) },
        issued.status,
      );
    }
    setFlash(c, "ok", t("certificate.ca.done"));
    return c.redirect(stepPath("certificate"), 303);
  }
  const done = await actOnCertificates(api, posted);
  if (done === null) throw new PageError(400, "");
  if ("form" in done) return await certificateStep(c, { of: step, form: done.form }, done.status);
  setFlash(c, "ok", done.said);
  return c.redirect(stepPath("certificate"), 303);
}

export async function certificateStep(
  c: ConsoleContext,
  failed: { readonly of: string; readonly form: FormState } | null = null,
  status = 200,
): Promise<Response> {
  const { api } = c.get("console");
  const [state, settings] = await Promise.all([readCertificates(api), readSettings(api)]);
  const names = rowsOf(settings, ["advertise.host", "domain"]).map(({ value }) => String(value)).filter((name) =>
    name !== ""
  );
  const domain = names.at(-1) ?? "";
  const listed = [...new Set(names)].join("\n");
  const formOf = (of: string, values: Record<string, string>) => failed?.of === of ? failed.form : newForm(values);
  const inUse = state.certificates.find(({ in_use }) => in_use);
  const locked = state.locked_by !== "";
  return await ownerPage(
    c,
    { step: "certificate", title: t("certificate"), lead: t("certificate.lead"), status },
    <>
      {locked && <Alert tone="info" title={k("locked")}>{k("locked.text", { what: state.locked_by })}</Alert>}
      {inUse !== undefined && (
        <Card title={t("certificate.now")} id="in-use">
          {inUse.source === "self-signed" && <p>{t("certificate.keep.text")}</p>}
          <CertificateFacts certificate={inUse} />
        </Card>
      )}
      {!locked && (
        <Card title={t("certificate.or")} id="better">
          <More label={t("certificate.ca")} open={failed?.of === "ca" || state.authority !== null}>
            <p>{t("certificate.ca.text")}</p>
            {state.authority === null
              ? <CaForm form={formOf("ca", { name: `Parley ${domain}`.trim(), issue_names: listed })} />
              : (
                <AuthorityPart
                  authority={state.authority}
                  form={formOf("issue", {
                    days: String(DAYS),
                    issue_names: listed,
                    authority_days: String(AUTHORITY_DAYS),
                  })}
                  path={CERTIFICATES}
                  acts={false}
                />
              )}
          </More>
          <More label={t("certificate.upload")} open={failed?.of === "upload"}>
            <p>{k("upload.text")}</p>
            <UploadForm form={formOf("upload", {})} />
          </More>
          <More label={t("certificate.request")} open={failed?.of === "request" || state.requests.length > 0}>
            <p>{k("request.text")}</p>
            {state.requests.length > 0 && <RequestList requests={state.requests} path={CERTIFICATES} acts />}
            <RequestForm form={formOf("request", { names: listed })} />
          </More>
        </Card>
      )}
      <StepFoot
        step="certificate"
        next={
          <ActionForm>
            <Button kind="primary" name="do" value="certificate" icon="next">{t("next")}</Button>
          </ActionForm>
        }
      />
    </>,
  );
}

/** Authority and certificate in one. */
function CaForm({ form }: { form: FormState }) {
  return (
    <Form state={form} label={t("certificate.ca")}>
      <Field
        form={form}
        name="name"
        id="ca-name"
        label={k("authority.name")}
        autocomplete="off"
        maxlength={64}
        required
      />
      <Textarea form={form} name="issue_names" label={k("request.names")} rows={3} mono required />
      <div class="actions">
        <Button kind="primary" name="do" value="ca" icon="certificate">{t("certificate.ca.do")}</Button>
      </div>
    </Form>
  );
}

import { failedForm, type FormState, type Posted, wrongField } from "../../../../web/ui/mod.ts";
import type { CertificateView } from "../../services/mod.ts";
import { type Answer, type ApiClient, segment } from "../frame/api_client.ts";
import { t } from "./texts.ts";

/** What a form of certificates led to: words for the next page, or the form again. */
export type Done = { readonly said: string } | { readonly form: FormState; readonly status: number };

/** A pasted or chosen PEM is this large at most; REST's limit is the same. */
const MAX_PEM = 200_000;

/** Carries out what a form of this area asked for; null where its button is none of ours. */
export async function actOnCertificates(api: ApiClient, posted: Posted): Promise<Done | null> {
  const path = (rest: string) => `/certificates${rest}`;
  switch (posted.text("do")) {
    case "upload":
      return await upload(api, posted);
    case "use":
      return done(
        posted,
        await api.post<CertificateView>(path(`/${segment(posted.text("id"))}/use`)),
        (made) => t("used", { name: made.names[0] ?? made.subject }),
      );
    case "remove":
      return done(posted, await api.delete(path(`/${segment(posted.text("id"))}`)), () => t("removed"));
    case "reload":
      return done(posted, await api.post(path("/reload")), () => t("reloaded"));
    case "self-signed":
      return done(posted, await api.post(path("/self-signed")), () => t("self.done"));
    case "request":
      return done(
        posted,
        await api.post(path("/requests"), {
          names: posted.lines("names"),
          organisation: posted.text("organisation"),
          country: posted.text("country").toUpperCase(),
        }),
        () => t("request.done"),
      );
    case "discard":
      return done(
        posted,
        await api.delete(path(`/requests/${segment(posted.text("id"))}`)),
        () => t("request.discarded"),
      );
    case "authority":
      return done(
        posted,
        await api.post(path("/authority"), { name: posted.text("name"), days: posted.number("authority_days") }),
        () => t("authority.done"),
        { days: "authority_days" },
      );
    case "issue":
      return done(
        posted,
        await api.post(path("/issue"), { names: posted.lines("issue_names"), days: posted.number("days") }),
        () => t("issue.done"),
        { names: "issue_names" },
      );
    default:
      return null;
  }
}

async function upload(api: ApiClient, posted: Posted): Promise<Done> {
  const certificate = await pemOf(posted, "certificate");
  const key = await pemOf(posted, "key");
  if (certificate === "") {
    return { form: withoutKey(wrongField(posted, "certificate", t("upload.nothing"))), status: 422 };
  }
  const answer = await api.post("/certificates", { certificate, key: key === "" ? null : key });
  const result = done(posted, answer, () => t("upload.done"));
  return "form" in result ? { ...result, form: withoutKey(result.form) } : result;
}

/** A private key is never sent back. */
function withoutKey(form: FormState): FormState {
  const { key: _key, ...values } = form.values;
  return { ...form, values };
}

/** What was pasted, else the file. */
async function pemOf(posted: Posted, name: string): Promise<string> {
  const pasted = posted.text(name);
  const file = posted.file(`${name}_file`);
  if (pasted !== "" || file === null) return pasted;
  return (await file.slice(0, MAX_PEM + 1).text()).trim();
}

function done<T>(
  posted: Posted,
  answer: Answer<T>,
  said: (data: T) => string,
  names: Readonly<Record<string, string>> = {},
): Done {
  if (answer.ok) return { said: said(answer.data) };
  const { problem, status } = answer;
  // `names.0`: which line of several.
  const errors = problem.errors.map(({ field = "", message }) => ({ field: field.replace(/\.\d+$/, ""), message }));
  return { form: failedForm(posted, { ...problem, errors }, names), status };
}

/**
 * The design kit of all pages: how they look (css/), what they are made of (components/, forms/, charts/), the languages
 * (texts/), and what keeps them safe (security/). Server-rendered hono/jsx; scripts are small and none is needed.
 * Sources: WCAG 2.2 AA, CSP Level 3, Trusted Types, Fetch Metadata, RFC 6265bis, ../shared UX anchors.
 *
 * How a page is made (a room of pages has a frame of its own around `Page`; the console's is roles/admin/pages/frame):
 *
 *     const t = defineTexts(en, { de });                              // texts/things.en.ts, things.de.ts: typed keys
 *     app.use(pageSecurity({ clock, session, preferences, errorPage })) // headers, nonce, language, CSRF, body limits
 *     app.get("/things", (c) => render(c, <Page title={t("title")} home="/" version="">…</Page>));
 *     app.post("/things", async (c) => {
 *       const posted = c.get("posted");                               // read, limited, token checked
 *       const answer = await api.post("/things", { name: posted.text("name") });
 *       if (!answer.ok) return render(c, <Things form={failedForm(posted, answer.problem)} />, answer.status);
 *       setFlash(c, "ok", t("saved"));
 *       return c.redirect("/things", 303);
 *     });
 *
 *     <Form state={form}>                                             // adds the token by itself
 *       <Field form={form} name="name" label={t("name")} autocomplete="off" required />
 *       <FormEnd label={t("save")} cancel="/things" />
 *     </Form>
 *
 * Pieces know the request by `useUi()` (language, now, nonce); no context is passed. No inline style, script or handler:
 * the page's policy refuses them.
 */
export { allAssets, type Asset, assetRoutes, defineAsset, STYLES } from "./assets.ts";
export { type ChartSeries, LineChart, Sparkline } from "./charts/line_chart.tsx";
export { Meter } from "./charts/meter.tsx";
export { Alert, Badge, Banner, severityWord, type Tone, TONE_ICONS } from "./components/alert.tsx";
export { Button, buttonClass, ButtonLink, type ButtonLook, PrintButton } from "./components/button.tsx";
export { ErrorBody, errorTitle } from "./components/error_page.tsx";
export { Icon, type IconName, Mark } from "./components/icon.tsx";
export { type NavGroup, type NavItem, Page, type PageProps } from "./components/page.tsx";
export {
  Card,
  Confirm,
  Copyable,
  Countdown,
  EmptyState,
  Facts,
  FormEnd,
  More,
  Qr,
  Said,
  Tabs,
  Time,
} from "./components/pieces.tsx";
export { type Column, Pager, Table } from "./components/table.tsx";
export { Format, zoneOf } from "./format.ts";
export {
  Checkbox,
  Field,
  type FieldProps,
  FileField,
  type Option,
  PasswordField,
  Radios,
  Select,
  Textarea,
} from "./forms/fields.tsx";
export { ActionForm, Form, SearchForm } from "./forms/form.tsx";
export {
  failedForm,
  type FieldProblem,
  type FormState,
  newForm,
  problemOfIssues,
  wrongField,
} from "./forms/form_state.ts";
export { readStreamedForm, type StreamedForm } from "./forms/multipart_stream.ts";
export { FormError, Posted, readForm } from "./forms/posted.ts";
export { render } from "./render.ts";
export { type Flash, type Theme, type Ui, useUi, withUi } from "./request_ui.ts";
export { contentSecurityPolicy } from "./security/headers.ts";
export { CSRF_FIELD, csrfToken, sameOrigin } from "./security/csrf.ts";
export {
  type FormLimit,
  ownPath,
  type PageContext,
  type PageEnv,
  PageError,
  pageSecurity,
  type PageSecurityOptions,
  setFlash,
} from "./security/page_security.ts";
export { type Catalogue, defineTexts, type Message, type Texts, type Translation } from "./texts/define_texts.ts";
export { type Language, languageOf, type Locale, LOCALE_NAMES, LOCALES } from "./texts/locale.ts";

import type { Child } from "hono/jsx";
import { FAVICON, ISLANDS, STYLES } from "../assets.ts";
import { Form } from "../forms/form.tsx";
import { THEMES, useUi } from "../request_ui.ts";
import { t } from "../texts/kit.ts";
import { LOCALE_NAMES, LOCALES } from "../texts/locale.ts";
import { Alert } from "./alert.tsx";
import { Icon, type IconName, Mark } from "./icon.tsx";

/** One place one can go to. */
export interface NavItem {
  readonly href: string;
  readonly label: string;
  readonly icon: IconName;
  /** How many wait there; 0 shows nothing. */
  readonly count?: number;
}

export interface NavGroup {
  readonly label: string;
  readonly items: readonly NavItem[];
}

export interface PageProps {
  readonly title: string;
  /** Below the title: what the page is for, in a sentence. */
  readonly lead?: Child;
  /** The way back up. */
  readonly crumb?: { readonly href: string; readonly label: string };
  /** Buttons beside the title. */
  readonly actions?: Child;
  /** Without it the page stands alone: log in, join, an error. */
  readonly nav?: readonly NavGroup[];
  /** The nav's item that this page belongs to. */
  readonly here?: string;
  readonly home: string;
  /** At the end of the bar. */
  readonly bar?: Child;
  /** Above the title. */
  readonly banners?: Child;
  /** "" where strangers need not know. */
  readonly version: string;
  /** A page alone that needs more room than a log-in. */
  readonly roomy?: boolean;
  /** Where the page's live pieces (`data-live` with an id) are told to come up to date, by server-sent events. */
  readonly events?: string;
  /** URLs of further scripts. */
  readonly scripts?: readonly string[];
  readonly children?: Child;
}

/** A whole page, without its doctype: `render` writes that. */
export function Page(props: PageProps) {
  const ui = useUi();
  const { title, nav, home, version } = props;
  return (
    <html
      lang={ui.locale === "qps-rtl" ? "en-x-rtl" : ui.locale}
      dir={ui.dir}
      data-theme={ui.theme === "auto" ? undefined : ui.theme}
      data-density={ui.density === "roomy" ? undefined : ui.density}
    >
      <head>
        <meta charset="utf-8" />
        <title>{`${title} · Parley`}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content={ui.theme === "auto" ? "light dark" : ui.theme} />
        <link rel="icon" href={FAVICON.url} type="image/svg+xml" />
        <link rel="stylesheet" href={STYLES.url} />
        {[ISLANDS.url, ...props.scripts ?? []].map((url) => <script type="module" src={url} nonce={ui.nonce}></script>)}
      </head>
      <body>
        <a class="skip" href="#main">{t("skip")}</a>
        <div class={`shell ${nav === undefined ? "alone" : "with-nav"} ${props.roomy ? "roomy" : ""}`}>
          <header class="bar">
            {nav !== undefined && (
              <button class="menu-button" type="button" popovertarget="nav" aria-label={t("menu")}>
                <Icon name="menu" />
              </button>
            )}
            <a class="brand" href={home}>
              <Mark />Parley
            </a>
            {props.bar !== undefined && <div class="bar-end">{props.bar}</div>}
          </header>
          {nav !== undefined && <Nav groups={nav} here={props.here ?? ""} home={home} />}
          <main id="main" tabindex={-1} data-events={props.events}>
            {props.banners}
            <Head {...props} />
            {ui.flash !== null && <Alert tone={ui.flash.tone}>{ui.flash.text}</Alert>}
            {props.children}
          </main>
          <footer class="foot">
            {!ui.answersForm && <Preferences />}
            {version !== "" && <span>{`Parley · ${t("version", { version })}`}</span>}
          </footer>
        </div>
      </body>
    </html>
  );
}

function Head({ title, lead, crumb, actions }: PageProps) {
  return (
    <div class="page-head">
      <div>
        {crumb !== undefined && (
          <a class="crumb" href={crumb.href}>
            <Icon name="arrow" />
            {crumb.label}
          </a>
        )}
        <h1>{title}</h1>
        {lead !== undefined && <p class="lead">{lead}</p>}
      </div>
      {actions !== undefined && <div class="actions">{actions}</div>}
    </div>
  );
}

function Nav({ groups, here, home }: { groups: readonly NavGroup[]; here: string; home: string }) {
  return (
    <nav id="nav" class="nav" popover="auto" aria-label={t("nav")}>
      <div class="nav-inner">
        <a class="brand" href={home}>
          <Mark />Parley
        </a>
        {groups.map(({ label, items }) => (
          <div class="nav-group">
            {label !== "" && <h2>{label}</h2>}
            <ul class="nav-list">
              {items.map((item) => (
                <li>
                  <a href={item.href} aria-current={item.href === here ? "page" : undefined}>
                    <Icon name={item.icon} />
                    {item.label}
                    {(item.count ?? 0) > 0 && <span class="badge warning">{useUi().format.number(item.count!)}</span>}
                  </a>
                </li>
              ))}
            </ul>
          </div>
        ))}
      </div>
    </nav>
  );
}

/** Theme and language: kept in cookies, one press each. */
function Preferences() {
  const ui = useUi();
  return (
    <>
      <Form action={ui.preferences} class="" label={t("theme")}>
        <input type="hidden" name="back" value={ui.path} />
        <span aria-hidden="true">{t("theme")}</span>
        {THEMES.map((theme) => (
          <button type="submit" class="choice" name="theme" value={theme} aria-pressed={String(theme === ui.theme)}>
            {t(`theme.${theme}`)}
          </button>
        ))}
      </Form>
      <Form action={ui.preferences} class="" label={t("language")}>
        <input type="hidden" name="back" value={ui.path} />
        <span aria-hidden="true">{t("language")}</span>
        {LOCALES.map((locale) => (
          <button
            type="submit"
            class="choice"
            name="locale"
            value={locale}
            lang={locale === "qps-rtl" ? "en" : locale}
            aria-pressed={String(locale === ui.locale)}
          >
            {LOCALE_NAMES[locale]}
          </button>
        ))}
      </Form>
    </>
  );
}

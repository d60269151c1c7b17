import { useUi } from "../../web/ui/mod.ts";
import type { PortalBuild } from "./portal_files.ts";
import { t } from "./texts.ts";

/** The page as the browser first gets it: everything in it comes by script. The same for everybody. */
export function ShellPage({ build }: { build: PortalBuild }) {
  const ui = useUi();
  return (
    <html
      lang={ui.locale === "qps-rtl" ? "en-x-rtl" : ui.locale}
      dir={ui.dir}
      data-theme={ui.theme === "auto" ? undefined : ui.theme}
    >
      <head>
        <meta charset="utf-8" />
        <title>Parley</title>
        <meta name="viewport" content="width=device-width, initial-scale=1, interactive-widget=resizes-content" />
        <meta name="color-scheme" content={ui.theme === "auto" ? "light dark" : ui.theme} />
        <meta name="theme-color" content="#0a6a66" />
        <link rel="stylesheet" href={build.style} />
        {build.preload.map((url) => <link rel="modulepreload" href={url} nonce={ui.nonce} />)}
        <script type="module" src={build.entry} nonce={ui.nonce}></script>
        <link rel="icon" href={build.mark} type="image/svg+xml" />
        <link rel="apple-touch-icon" href={build.icons[0].url} />
        <link rel="manifest" href="/portal/manifest.webmanifest" />
      </head>
      <body>
        <div id="portal">
          <p class="starting" role="status">{t("starting")}</p>
        </div>
        <noscript>
          <p>
            {`${t("no_script")} `}
            <a href="/account">{t("account")}</a>
          </p>
        </noscript>
      </body>
    </html>
  );
}

/** The page once more, now as a page of ours asks for it: with the cookie, which no link of another site brings (SameSite=Strict). */
export function AgainPage({ url }: { url: string }) {
  return (
    <html>
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="refresh" content={`0; url=${url}`} />
        <title>Parley</title>
      </head>
      <body>
        <a href={url}>Parley</a>
      </body>
    </html>
  );
}

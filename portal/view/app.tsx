import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { effect, useSignal, useSignalEffect } from "@preact/signals";
import type { PortalModel } from "../model/mod.ts";
import { direction, language } from "../texts/kit.ts";
import { ConversationList } from "./conversation/list/conversation_list.tsx";
import { ConversationPage } from "./conversation/conversation_page.tsx";
import { ConnectionBanner } from "./frame/connection_banner.tsx";
import { lazyPage } from "./frame/lazy_page.tsx";
import { Navigation } from "./frame/navigation.tsx";
import { pageTitle, placeName } from "./frame/page_title.ts";
import { enterRegion, followRegions } from "./frame/regions.ts";
import { t } from "./frame/texts.ts";
import type { Preferences } from "./preferences.ts";
import { followRoute, hrefOf, route } from "./route.ts";

export interface AppProps {
  readonly model: PortalModel;
  readonly preferences: Preferences;
}

const PeoplePage = lazyPage(async () => (await import("./later_pages.ts")).PeoplePage);
const RoomsPage = lazyPage(async () => (await import("./later_pages.ts")).RoomsPage);
const HistoryPage = lazyPage(async () => (await import("./later_pages.ts")).HistoryPage);
const SettingsPage = lazyPage(async () => (await import("./later_pages.ts")).SettingsPage);
const Asking = lazyPage(async () => (await import("./later_pages.ts")).Asking, false);
const RecordingCard = lazyPage(async () => (await import("./later_pages.ts")).RecordingCard, false);
const StartDialog = lazyPage(async () => (await import("./later_pages.ts")).StartDialog, false);

/** The whole page: ways to all pages, the conversations, and what the way to the service is like. */
export function App({ model, preferences }: AppProps) {
  const starting = useSignal(false);
  useEffect(followRoute, []);
  useEffect(followRegions, []);
  useSignalEffect(() => {
    const page = document.documentElement, theme = preferences.theme.value;
    page.lang = language.value.tag === "qps-rtl" ? "en" : language.value.tag;
    page.dir = direction.value;
    if (theme === "auto") page.removeAttribute("data-theme");
    else page.dataset.theme = theme;
  });
  // Not with the next frame: behind another tab there are none, and the title is what is seen of the page.
  useEffect(() => effect(() => void (document.title = pageTitle(model))), [model]);
  const { questions, invitations } = model.asks;
  const asked = questions.value.length + invitations.value.length > 0;
  const talking = route.value.page === "list" || route.value.page === "with";
  return (
    <div class="app" data-page={route.value.page}>
      <Skip />
      <Navigation model={model} />
      <ConnectionBanner model={model} />
      <main class="main">
        {talking && (
          <ConversationList
            model={model}
            onStart={() => void (starting.value = true)}
            above={model.settings.recording.state.value === "unasked" && <RecordingCard model={model} />}
          />
        )}
        <Content model={model}>
          {talking
            ? <ConversationPage model={model} preferences={preferences} />
            : <OtherPage model={model} preferences={preferences} />}
        </Content>
      </main>
      {asked && <Asking model={model} />}
      {starting.value && <StartDialog model={model} onClose={() => void (starting.value = false)} />}
    </div>
  );
}

/** For the keyboard: past the ways and the list. A button, since the part of the address behind `#` is the place in the page. */
function Skip() {
  const enter = () => enterRegion(document.querySelector<HTMLElement>("[data-region=content]")!);
  return <button type="button" class="button primary skip" onClick={enter}>{t("skip")}</button>;
}

/** What the place shows. After a change of place by the keyboard the focus is in it, and its name is read. */
function Content({ model, children }: { model: PortalModel; children: ComponentChildren }) {
  const element = useRef<HTMLElement>(null), before = useRef("");
  const place = hrefOf(route.value);
  // Where only the list is, this is the rest of the page, and no place of its own.
  const name = route.value.page === "list" ? undefined : placeName(model);
  useEffect(() => {
    const moved = before.current !== "" && before.current !== place;
    before.current = place;
    // The link that was followed may be gone with its page: the focus would be nowhere.
    if (moved && (document.activeElement === document.body || document.activeElement === null)) {
      element.current?.focus();
    }
  }, [place]);
  return (
    <section ref={element} class="content" tabIndex={-1} aria-label={name} data-region="content">
      {children}
    </section>
  );
}

function OtherPage({ model, preferences }: AppProps) {
  const at = route.value;
  if (at.page === "people") return <PeoplePage model={model} />;
  if (at.page === "rooms") return <RoomsPage model={model} />;
  if (at.page === "history") return <HistoryPage model={model} />;
  if (at.page === "settings") return <SettingsPage model={model} preferences={preferences} part={at.part} />;
  return null;
}

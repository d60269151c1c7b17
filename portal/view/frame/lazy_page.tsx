import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { type Signal, useSignal } from "@preact/signals";
import { Button, kitText, Notice, Spinner } from "../kit/mod.ts";
import { t } from "./texts.ts";

/** A component that is loaded when it is shown the first time. Without `waits` nothing stands in its place meanwhile. */
export function lazyPage<P extends object>(load: () => Promise<ComponentType<P>>, waits = true): ComponentType<P> {
  let loaded: ComponentType<P> | null = null;
  return function LazyPage(props: P) {
    const state = useSignal<"loading" | "there" | "failed">(loaded === null ? "loading" : "there");
    useEffect(() => void fetchPage(state), []);
    if (loaded !== null && state.value === "there") {
      const Page = loaded;
      return <Page {...props} />;
    }
    if (state.value === "loading") return waits ? <Spinner label={kitText("loading")} /> : null;
    return (
      <Notice tone="danger" action={<Button label={t("reload")} onPress={() => location.reload()} />}>
        <p>{t("page-failed")}</p>
      </Notice>
    );
  };
  async function fetchPage(state: Signal<"loading" | "there" | "failed">): Promise<void> {
    if (loaded !== null) return;
    try {
      loaded = await load();
      state.value = "there";
    } catch {
      // Without network, or a newer release has other files: said in the place of the page.
      state.value = "failed";
    }
  }
}

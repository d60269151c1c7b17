import { useEffect } from "preact/hooks";
import { useSignal } from "@preact/signals";
import type { PortalModel } from "../../model/mod.ts";
import { Button, Icon, Spinner } from "../kit/mod.ts";
import { t } from "./texts.ts";

/** How the way to the service is, in words, when it is not as it should be (USE-15), and how much waits for it. */
export function ConnectionBanner({ model }: { model: PortalModel }) {
  const { link, conversations } = model;
  const state = link.state.value, queued = conversations.queued.value;
  return (
    <div class={`connection ${state}`} data-region={state === "online" ? undefined : "status"} tabIndex={-1}>
      <div role="status">
        {state !== "online" && (
          <p>
            {state === "connecting" ? <Spinner /> : <Icon name="warning" />}
            <span>{wordsOf(state, link.reason.value)}</span>
          </p>
        )}
        {state !== "online" && queued > 0 && <p class="small">{t("queued", { n: queued })}</p>}
      </div>
      {state === "waiting" && <Countdown until={link.retryAt.value} />}
      {(state === "waiting" || state === "refused") && <Button label={t("try-now")} onPress={() => link.retry()} />}
      {state === "signed-out" && <Button look="primary" label={t("sign-in")} onPress={() => location.reload()} />}
    </div>
  );
}

function wordsOf(state: string, reason: string): string {
  if (state === "connecting" || state === "waiting" || state === "offline" || state === "signed-out") return t(state);
  return reason === "" ? t("refused.plain") : t("refused", { reason });
}

/** To be seen alone: read out every second it would drown everything else. */
function Countdown({ until }: { until: number }) {
  const now = useSignal(Date.now());
  useEffect(() => {
    const timer = setInterval(() => void (now.value = Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.ceil((until - now.value) / 1000);
  return seconds > 0 ? <p class="small num" aria-hidden="true">{t("countdown", { n: seconds })}</p> : null;
}

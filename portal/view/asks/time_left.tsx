import { useNow } from "../doing/use_now.ts";
import { secondsToSay, timeLeft } from "./countdown.ts";
import { t } from "./texts.ts";

/** How long something can be answered still: seen each second, said aloud now and then. */
export function TimeLeft({ until }: { until: number }) {
  const now = useNow(1000, until);
  const say = secondsToSay(until, now);
  return (
    <>
      <p class="time-left">
        {now >= until ? t("over") : (
          <>
            {t("left")}: <span class="num" role="timer">{timeLeft(until, now)}</span>
          </>
        )}
      </p>
      <p class="unseen" role="status">{say > 0 && t("left-said", { n: say })}</p>
    </>
  );
}

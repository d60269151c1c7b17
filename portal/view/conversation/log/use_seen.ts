import { useEffect } from "preact/hooks";
import { effect, signal } from "@preact/signals";
import type { ConversationModel } from "../../../model/mod.ts";
import type { LogScroll } from "./log_scroll.ts";

/** Tells the conversation that it is seen: while its end is before the user's eyes, in a page that they look at. */
export function useSeen(conversation: ConversationModel, scroll: LogScroll): void {
  useEffect(() => {
    const looking = signal(false);
    const look = () => void (looking.value = document.visibilityState === "visible" && document.hasFocus());
    look();
    addEventListener("focus", look);
    addEventListener("blur", look);
    document.addEventListener("visibilitychange", look);
    const stop = effect(() => {
      if (looking.value && scroll.atEnd.value && conversation.unread.value > 0) conversation.seen();
    });
    return () => {
      stop();
      removeEventListener("focus", look);
      removeEventListener("blur", look);
      document.removeEventListener("visibilitychange", look);
    };
  }, [conversation, scroll]);
}

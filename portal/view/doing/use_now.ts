import { useEffect } from "preact/hooks";
import { useSignal } from "@preact/signals";

/** The wall time, again each `everyMs` while `until` has not come. */
export function useNow(everyMs: number, until = Infinity): number {
  const now = useSignal(Date.now());
  useEffect(() => {
    const timer = setInterval(() => {
      now.value = Date.now();
      if (now.peek() >= until) clearInterval(timer);
    }, everyMs);
    return () => clearInterval(timer);
  }, [everyMs, until]);
  return now.value;
}

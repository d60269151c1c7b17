/** The same promise, which rejects with what was waited for when it takes too long. */
export async function within<T>(promise: Promise<T>, what: string, within_ms = 20_000): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`not within ${within_ms} ms: ${what}`)), within_ms);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

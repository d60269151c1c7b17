/** What is reported as a fault of the page while `work` is done. For tests only. */
export async function reportedDuring(work: () => unknown): Promise<string[]> {
  const reported: string[] = [];
  const hear = (event: ErrorEvent) => {
    event.preventDefault();
    reported.push(String(event.error));
  };
  addEventListener("error", hear);
  try {
    await work();
  } finally {
    removeEventListener("error", hear);
  }
  return reported;
}

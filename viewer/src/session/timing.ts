// How long a click took until its pixels had changed, in parts; read in the browser's own performance timeline.

/** Add the measures of the last click. serviceMs: what the service says it took itself. */
export function measureClick(serviceMs: number): void {
  const begin = (name: string) => performance.getEntriesByName(name, "mark").at(-1)?.startTime;
  const [click, answered, warped, drawn] = ["click", "answered", "warped", "drawn"].map(begin);
  if (click === undefined || answered === undefined || warped === undefined || drawn === undefined) return;
  const measure = (name: string, start: number, end: number) => performance.measure(name, { start, end });
  measure("click to pixels", click, drawn);
  measure("service", click, click + serviceMs);
  measure("network", click + serviceMs, answered);
  measure("warp", answered, warped);
  measure("draw", warped, drawn);
  for (const name of ["click", "answered", "warped", "drawn"]) performance.clearMarks(name);
}

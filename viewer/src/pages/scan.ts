// A box that takes one scan: dropped, chosen as files or folder, or picked among those the service has.
import { upload } from "../api/series";
import type { Series } from "../api/model";
import { droppedFiles, visible } from "../files/dropped";
import { button, element } from "../widgets/element";
import { tellError } from "../widgets/notice";

export interface ScanChooser {
  readonly element: HTMLElement;
  /** The chosen series; undefined while there is none. */
  id(): string | undefined;
  offer(known: readonly string[]): void;
}

/** What was uploaded since the page was opened, by series id. */
const uploaded = new Map<string, string>();

export function scanChooser(title: string, about: string, changed: () => void): ScanChooser {
  let chosen: string | undefined;
  const status = element("p", { class: "status", role: "status" }, ["Drop a folder or files here, DICOM, zip, NIfTI, MHA or NRRD."]);
  const earlier = element("select", { "aria-label": `${title} among earlier ones` });
  const take = async (files: readonly File[]): Promise<void> => {
    if (!files.length) return;
    chosen = undefined;
    changed();
    box.classList.add("busy");
    const megabytes = files.reduce((sum, file) => sum + file.size, 0) / 1e6;
    status.textContent = `Uploading ${files.length} file${files.length === 1 ? "" : "s"}, ${megabytes.toFixed(1)} MB …`;
    try {
      const series = await upload(files);
      chosen = series.id;
      status.textContent = described(series);
      uploaded.set(series.id, described(series));
    } catch (error) {
      status.textContent = "This scan was not taken. Try another one.";
      tellError(error);
    }
    box.classList.remove("busy");
    changed();
  };
  const box = element("div", { class: "drop", "aria-label": title }, [
    element("h4", { text: title }),
    element("p", { class: "quiet", text: about }),
    status,
    element("div", { class: "choice" }, [picker("Files …", false, take), picker("Folder …", true, take)]),
    earlier,
  ]);
  earlier.addEventListener("change", () => {
    chosen = earlier.value || undefined;
    status.textContent = chosen ? (uploaded.get(chosen) ?? "A scan of an earlier registration.") : "";
    changed();
  });
  attachDrop(box, take);
  return { element: box, id: () => chosen, offer: (known) => offer(earlier, known) };
}

function offer(select: HTMLSelectElement, known: readonly string[]): void {
  const all = [...new Set([...uploaded.keys(), ...known])];
  select.hidden = !all.length;
  const option = (id: string) => element("option", { value: id, text: `${id.slice(0, 8)} · ${uploaded.get(id) ?? "of an earlier registration"}` });
  select.replaceChildren(element("option", { value: "", text: "or one the service has …" }), ...all.map(option));
}

function described(series: Series): string {
  const { size, spacing_mm: spacing } = series.report;
  const dropped = series.report.dropped?.length ?? 0;
  const grid = size && spacing ? `${size.join(" × ")} voxels of ${spacing.map((v) => Number(v.toFixed(2))).join(" × ")} mm` : "read";
  return `${grid}, ${series.files} file${series.files === 1 ? "" : "s"}${dropped ? `, ${dropped} left out` : ""}`;
}

function picker(text: string, folder: boolean, take: (files: readonly File[]) => Promise<void>): HTMLElement {
  const input = element("input", { type: "file", multiple: "", hidden: "" });
  if (folder) input.webkitdirectory = true;
  input.addEventListener("change", () => {
    void take(visible([...(input.files ?? [])]));
    input.value = "";
  });
  return element("span", {}, [button(text, () => input.click()), input]);
}

function attachDrop(box: HTMLElement, take: (files: readonly File[]) => Promise<void>): void {
  box.addEventListener("dragover", (event) => {
    event.preventDefault();
    box.classList.add("over");
  });
  box.addEventListener("dragleave", () => box.classList.remove("over"));
  box.addEventListener("drop", (event) => {
    event.preventDefault();
    box.classList.remove("over");
    if (event.dataTransfer) void droppedFiles(event.dataTransfer).then(take, tellError);
  });
}

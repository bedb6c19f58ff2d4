// What a person drops on the page, files or folders of folders, becomes a flat list of files.

/** All files below what was dropped; hidden ones are left out. */
export async function droppedFiles(transfer: DataTransfer): Promise<File[]> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  if (!entries.length) return visible([...transfer.files]);
  return visible((await Promise.all(entries.map(filesBelow))).flat());
}

/** Without what file managers leave in folders. */
export function visible(files: readonly File[]): File[] {
  return files.filter((file) => !file.name.startsWith(".") && file.name !== "DICOMDIR" && file.name !== "Thumbs.db");
}

async function filesBelow(entry: FileSystemEntry): Promise<File[]> {
  if (entry.isFile) return [await new Promise<File>((done, failed) => (entry as FileSystemFileEntry).file(done, failed))];
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: File[] = [];
  for (;;) {
    // A browser hands out a hundred entries at a time.
    const some = await new Promise<FileSystemEntry[]>((done, failed) => reader.readEntries(done, failed));
    if (!some.length) return found;
    found.push(...(await Promise.all(some.map(filesBelow))).flat());
  }
}

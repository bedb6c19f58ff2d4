// The sources of the page become the three files that the Python package serves, and the mark of what they were built from.
//   node build.mjs [FOLDER]      FOLDER: where they go, by default ../service/viewer/static
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2] ?? join(here, "..", "service", "viewer", "static");

/** Every file that the bundle is made from, in one order on every machine. */
function sources() {
  const listed = ["src", "page"].flatMap((folder) =>
    readdirSync(join(here, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(here, join(entry.parentPath, entry.name)).replaceAll("\\", "/")),
  );
  return [...listed, "build.mjs", "package-lock.json", "tsconfig.json"].sort();
}

/** One line per source: its SHA-256 and its name, as sha256sum prints them. */
function mark() {
  const line = (name) => `${createHash("sha256").update(readFileSync(join(here, name))).digest("hex")}  ${name}\n`;
  return sources().map(line).join("");
}

mkdirSync(out, { recursive: true });
await build({
  entryPoints: [join(here, "src", "main.ts")],
  outfile: join(out, "viewer.js"),
  bundle: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  legalComments: "inline",
  absWorkingDir: here,
  banner: { js: "// Built from viewer/ by `make viewer`; not to be edited. Apache-2.0. Research use only." },
  logLevel: "warning",
});
for (const name of ["index.html", "viewer.css", "icon.svg"]) copyFileSync(join(here, "page", name), join(out, name));
writeFileSync(join(out, "built-from.txt"), mark());

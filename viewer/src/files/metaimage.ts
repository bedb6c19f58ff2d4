// Bytes of a MetaImage file (*.mha), as the service writes blocks of the field, become a block on its own grid.
import { Grid } from "../space/grid";
import type { Axes, Point } from "../space/vector";
import type { FieldBlock } from "../scans/warp";

const END = "ElementDataFile = LOCAL\n";
const LONGEST_HEADER = 4096;

/** The block of an uncompressed file of three float components. Throws on anything else. */
export function readFieldBlock(bytes: ArrayBuffer): FieldBlock {
  const text = new TextDecoder("latin1").decode(bytes.slice(0, LONGEST_HEADER));
  const start = text.indexOf(END) + END.length;
  if (start < END.length) throw new Error("This is no MetaImage file.");
  const header = new Map(text.slice(0, start).split("\n").map((line) => line.split(" = ") as [string, string]));
  if (header.get("ElementType") !== "MET_FLOAT" || header.get("ElementNumberOfChannels") !== "3")
    throw new Error("This MetaImage file holds no displacement field.");
  const numbers = (key: string) => (header.get(key) ?? "").trim().split(/\s+/).map(Number);
  const point = (key: string) => numbers(key) as unknown as Point;
  const m = numbers("TransformMatrix");
  const axes = [m.slice(0, 3), m.slice(3, 6), m.slice(6, 9)] as unknown as Axes;
  const grid = new Grid(point("DimSize"), point("ElementSpacing"), point("Offset"), axes);
  return { vectors: new Float32Array(bytes.slice(start, start + 12 * grid.voxels)), grid };
}

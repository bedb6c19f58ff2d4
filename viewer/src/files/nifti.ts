// Bytes of a NIfTI-1 file (*.nii.gz), as the service writes scans and maps, become a volume in LPS.
import { Grid } from "../space/grid";
import { length, times, type Axes, type Point } from "../space/vector";
import type { Values, Volume } from "../scans/volume";

const HEADER = 348;
const SFORM = 280;

/** A gzip stream unpacked. */
export async function unpacked(body: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<ArrayBuffer> {
  return new Response(body.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

/** The volume of an unpacked file: int16, uint8 or float32, little-endian, three axes. Throws on anything else. */
export function readNifti(bytes: ArrayBuffer): Volume {
  const header = new DataView(bytes);
  if (bytes.byteLength < HEADER || header.getInt32(0, true) !== HEADER) throw new Error("This is no NIfTI file.");
  const size = [1, 2, 3].map((n) => header.getInt16(40 + 2 * n, true)) as unknown as Point;
  const grid = gridOf(header, size);
  return { values: valuesOf(bytes, header, grid.voxels), grid };
}

/** NIfTI's sform counts to the right and to the front; LPS counts to the left and to the back. */
function gridOf(header: DataView, size: Point): Grid {
  const row = (r: number) => [0, 1, 2, 3].map((c) => (r < 2 ? -1 : 1) * header.getFloat32(SFORM + 16 * r + 4 * c, true));
  const rows = [row(0), row(1), row(2)] as const;
  const column = (c: number): Point => [rows[0][c]!, rows[1][c]!, rows[2][c]!];
  const steps = [column(0), column(1), column(2)] as const;
  const spacing: Point = [length(steps[0]), length(steps[1]), length(steps[2])];
  const axes = steps.map((step, n) => times(step, 1 / spacing[n]!)) as unknown as Axes;
  return new Grid(size, spacing, column(3), axes);
}

function valuesOf(bytes: ArrayBuffer, header: DataView, voxels: number): Values {
  const start = header.getFloat32(108, true);
  const kind = header.getInt16(70, true);
  if (kind === 4) return new Int16Array(bytes, start, voxels);
  if (kind === 16) return new Float32Array(bytes, start, voxels);
  if (kind === 2) return new Uint8Array(bytes, start, voxels);
  throw new Error(`The page reads no NIfTI of data type ${kind}.`);
}

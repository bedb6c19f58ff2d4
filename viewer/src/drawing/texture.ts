// A volume becomes a 3D texture, slice by slice; a block of it can be replaced on its own.
import type { Box, Volume } from "../scans/volume";

export interface Texture {
  readonly handle: WebGLTexture;
  readonly toTexture: Float32Array;
}

/** Half floats: filtered everywhere, Hounsfield units exact to 2048 and to 2 above. */
export function upload(gl: WebGL2RenderingContext, volume: Volume): Texture {
  const [x, y, z] = volume.grid.size;
  const most = gl.getParameter(gl.MAX_3D_TEXTURE_SIZE) as number;
  if (Math.max(x, y, z) > most) throw new Error(`This graphics card shows scans of at most ${most} voxels along an axis.`);
  const handle = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_3D, handle);
  gl.texStorage3D(gl.TEXTURE_3D, 1, gl.R16F, x, y, z);
  for (const side of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T, gl.TEXTURE_WRAP_R])
    gl.texParameteri(gl.TEXTURE_3D, side, gl.CLAMP_TO_EDGE);
  gl.texParameteri(gl.TEXTURE_3D, gl.TEXTURE_MIN_FILTER, gl.LINEAR);
  gl.texParameteri(gl.TEXTURE_3D, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
  for (let k = 0; k < z; k++) {
    const slice = Float32Array.from(volume.values.subarray(k * x * y, (k + 1) * x * y));
    put(gl, { start: [0, 0, k], stop: [x, y, k + 1] }, slice);
  }
  return { handle, toTexture: volume.grid.toTexture };
}

export function replace(gl: WebGL2RenderingContext, texture: Texture, box: Box, block: Float32Array): void {
  gl.bindTexture(gl.TEXTURE_3D, texture.handle);
  put(gl, box, block);
}

function put(gl: WebGL2RenderingContext, box: Box, values: Float32Array): void {
  const [x, y, z] = box.start;
  gl.texSubImage3D(gl.TEXTURE_3D, 0, x, y, z, box.stop[0] - x, box.stop[1] - y, box.stop[2] - z, gl.RED, gl.FLOAT, values);
}

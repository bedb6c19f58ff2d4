// Slices of volumes are drawn into panes of one canvas; every volume is on the graphics card once.
import type { Box, Volume } from "../scans/volume";
import type { Point } from "../space/vector";
import { table } from "./colours";
import { linked, type Program } from "./program";
import { FRAGMENT, MODES, VERTEX, type Mode } from "./shader";
import { replace, upload, type Texture } from "./texture";

/** A map on top: its texture, the values at the ends of its colours, how much it covers. */
export interface Overlay {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  readonly opacity: number;
  readonly jacobian: boolean;
}

export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** What one pane shows; rectangle in pixels of the canvas from its top left, directions in mm per pixel. */
export interface Slice {
  readonly rectangle: Rectangle;
  /** The part of the pane that is drawn anew, in the same pixels; all of it where there is none. */
  readonly part: Rectangle | undefined;
  readonly corner: Point;
  readonly right: Point;
  readonly down: Point;
  readonly first: string;
  readonly second: string;
  readonly mode: Mode;
  readonly share: number;
  readonly square: number;
  readonly window: { readonly low: number; readonly width: number };
  readonly overlay: Overlay | undefined;
}

export class Slices {
  private readonly gl: WebGL2RenderingContext;
  private readonly program: Program;
  private readonly textures = new Map<string, Texture>();

  /** Throws where the browser has no WebGL2. */
  constructor(readonly canvas: HTMLCanvasElement) {
    const gl = canvas.getContext("webgl2", { antialias: false, alpha: false, preserveDrawingBuffer: true });
    if (!gl) throw new Error("This browser cannot draw the scans: it has no WebGL2.");
    this.gl = gl;
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    this.program = linked(gl, VERTEX, FRAGMENT);
    this.program.use();
    this.colours();
  }

  keep(name: string, volume: Volume): void {
    this.drop(name);
    this.textures.set(name, upload(this.gl, volume));
  }

  has(name: string): boolean {
    return this.textures.has(name);
  }

  drop(name: string): void {
    this.gl.deleteTexture(this.textures.get(name)?.handle ?? null);
    this.textures.delete(name);
  }

  replaceBlock(name: string, box: Box, block: Float32Array): void {
    replace(this.gl, this.textures.get(name)!, box, block);
  }

  clear(): void {
    const { gl } = this;
    gl.disable(gl.SCISSOR_TEST);
    gl.clearColor(0, 0, 0, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.enable(gl.SCISSOR_TEST);
  }

  /** Draw panes over what is there. */
  draw(slices: readonly Slice[]): void {
    for (const slice of slices) if (this.has(slice.first) && this.has(slice.second)) this.one(slice);
  }

  /** Returns when the graphics card has drawn everything; for measuring. */
  finish(): void {
    this.gl.readPixels(0, 0, 1, 1, this.gl.RGBA, this.gl.UNSIGNED_BYTE, new Uint8Array(4));
  }

  private one(slice: Slice): void {
    const { gl, program } = this;
    const { left, top, width, height } = slice.rectangle;
    const bottom = this.canvas.height - top - height;
    gl.viewport(left, bottom, width, height);
    const part = slice.part ?? slice.rectangle;
    gl.scissor(part.left, this.canvas.height - part.top - part.height, part.width, part.height);
    gl.uniform4f(program.place("pane"), left, bottom, width, height);
    for (const name of ["corner", "right", "down"] as const) gl.uniform3fv(program.place(name), slice[name]);
    gl.uniform1i(program.place("mode"), MODES.indexOf(slice.mode));
    gl.uniform1f(program.place("share"), slice.share);
    gl.uniform1f(program.place("square"), slice.square);
    gl.uniform2f(program.place("shown"), slice.window.low, slice.window.width);
    const map = slice.overlay && this.has(slice.overlay.name) ? slice.overlay : undefined;
    gl.uniform4f(program.place("range"), map?.low ?? 0, map?.high ?? 1, map?.opacity ?? 0, map?.jacobian ? 1 : 0);
    this.bind(0, "first", "toFirst", slice.first);
    this.bind(1, "second", "toSecond", slice.second);
    this.bind(2, "map", "toMap", map?.name ?? slice.first);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  }

  private bind(unit: number, sampler: string, matrix: string, name: string): void {
    const { gl, program } = this;
    const texture = this.textures.get(name)!;
    gl.activeTexture(gl.TEXTURE0 + unit);
    gl.bindTexture(gl.TEXTURE_3D, texture.handle);
    gl.uniform1i(program.place(sampler), unit);
    gl.uniformMatrix4fv(program.place(matrix), false, texture.toTexture);
  }

  /** Both scales of colours in one texture of two rows. */
  private colours(): void {
    const { gl } = this;
    gl.activeTexture(gl.TEXTURE3);
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, 256, 2, 0, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array([...table("amount"), ...table("change")]));
    for (const [key, value] of [[gl.TEXTURE_MIN_FILTER, gl.NEAREST], [gl.TEXTURE_MAG_FILTER, gl.NEAREST], [gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE], [gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE]] as const)
      gl.texParameteri(gl.TEXTURE_2D, key, value);
    gl.uniform1i(this.program.place("colours"), 3);
  }
}

// Cross-hair, corrections, keypoints and the outline of a changed block, drawn over a slice.
import type { Correspondence, Keypoints } from "../api/model";
import type { Box } from "../scans/volume";
import { cut } from "../space/cut";
import { depth } from "../space/plane";
import type { Grid } from "../space/grid";
import type { Point } from "../space/vector";
import type { Pane } from "../viewing/pane";
import type { Scene } from "../viewing/scene";
import { colourAt, css } from "./colours";

export const YELLOW = "#ffd84a";
const CYAN = "#59d0ff";
const SHADOW = "rgb(0 0 0 / 70%)";
const NEAR_MM = 4;
/** How far from its slice a point is still drawn. */

type Context = CanvasRenderingContext2D;

export function drawCross(context: Context, pane: Pane, scene: Scene): void {
  const [x, y] = pane.pixel(scene, scene.cursor[pane.space]);
  const { width, height } = pane.rectangle;
  context.strokeStyle = "rgb(89 208 255 / 65%)";
  context.lineWidth = 1;
  const gap = 9;
  lines(context, [[0, y, x - gap, y], [x + gap, y, width, y], [x, 0, x, y - gap], [x, y + gap, x, height]]);
}

/** Corrections near the slice: a ring where they are, a line to where the registration had them before. */
export function drawCorrections(context: Context, pane: Pane, scene: Scene, all: readonly Correspondence[], chosen: string | undefined): void {
  for (const one of all) {
    const point = one[pane.space];
    const away = Math.abs(depth(pane.plane, point, scene.cursor[pane.space]));
    if (away > NEAR_MM) continue;
    const at = pane.pixel(scene, point);
    context.globalAlpha = 1 - (0.6 * away) / NEAR_MM;
    ring(context, at, one.id === chosen ? 8 : 6, one.id === chosen ? YELLOW : CYAN);
    label(context, one.id, at[0] + 11, at[1] - 6);
    context.globalAlpha = 1;
  }
}

/** A place that is being chosen: dashed where the registration lands, whole where the person points. */
export function drawTarget(context: Context, pane: Pane, scene: Scene, landing: Point | undefined, target: Point | undefined): void {
  if (landing) {
    context.setLineDash([3, 3]);
    ring(context, pane.pixel(scene, landing), 9, YELLOW);
    context.setLineDash([]);
  }
  if (target) ring(context, pane.pixel(scene, target), 6, YELLOW);
  if (!landing || !target) return;
  context.strokeStyle = YELLOW;
  lines(context, [[...pane.pixel(scene, landing), ...pane.pixel(scene, target)]]);
}

/** Matched keypoints near the slice, yellow where sure and blue where not, with a line to where their tissue is in the other scan. */
export function drawKeypoints(context: Context, pane: Pane, scene: Scene, all: Keypoints["keypoints"]): void {
  const other = pane.space === "fixed" ? "moving" : "fixed";
  context.lineWidth = 1.2;
  for (const one of all) {
    if (Math.abs(depth(pane.plane, one[pane.space], scene.cursor[pane.space])) > NEAR_MM / 2) continue;
    const [x, y] = pane.pixel(scene, one[pane.space]);
    context.strokeStyle = context.fillStyle = "#fff";
    lines(context, [[x, y, ...pane.pixel(scene, one[other])]]);
    context.fillRect(x - 3, y - 3, 6, 6);
    context.fillStyle = css(colourAt("amount", one.confidence));
    context.fillRect(x - 2, y - 2, 4, 4);
  }
}

/** Where the slice cuts the box of voxels that an edit changed. */
export function drawBox(context: Context, pane: Pane, scene: Scene, grid: Grid, box: Box): void {
  const corners = cut(pane.plane, scene.cursor[pane.space], grid, box).map((point) => pane.pixel(scene, point));
  if (corners.length < 3) return;
  const middle = [0, 1].map((n) => corners.reduce((sum, corner) => sum + corner[n]!, 0) / corners.length) as [number, number];
  const angle = (corner: readonly [number, number]) => Math.atan2(corner[1] - middle[1], corner[0] - middle[0]);
  corners.sort((a, b) => angle(a) - angle(b));
  context.beginPath();
  for (const [x, y] of corners) context.lineTo(x, y);
  context.closePath();
  context.setLineDash([6, 4]);
  context.lineWidth = 1.5;
  context.strokeStyle = YELLOW;
  context.stroke();
  context.setLineDash([]);
}

function ring(context: Context, [x, y]: readonly [number, number], radius: number, colour: string): void {
  for (const [width, style] of [[4, SHADOW], [2, colour]] as const) {
    context.lineWidth = width;
    context.strokeStyle = style;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.stroke();
  }
  context.fillStyle = colour;
  context.fillRect(x - 1, y - 1, 2, 2);
}

function label(context: Context, text: string, x: number, y: number): void {
  context.font = "600 12px system-ui, sans-serif";
  context.lineWidth = 3;
  context.strokeStyle = SHADOW;
  context.strokeText(text, x, y);
  context.fillStyle = "#fff";
  context.fillText(text, x, y);
}

function lines(context: Context, all: readonly (readonly [number, number, number, number])[]): void {
  context.beginPath();
  for (const [x0, y0, x1, y1] of all) {
    context.moveTo(x0, y0);
    context.lineTo(x1, y1);
  }
  context.stroke();
}

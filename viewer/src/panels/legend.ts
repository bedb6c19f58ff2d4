// What the colours of a map mean.
import { colourAt, css, FOLD } from "../drawing/colours";
import type { MapRange } from "../drawing/ranges";
import { element } from "../widgets/element";

const WIDTH = 256;

export function legend(range: MapRange, unit: string): HTMLElement {
  const canvas = element("canvas", { width: String(WIDTH), height: "12" });
  const context = canvas.getContext("2d")!;
  for (let x = 0; x < WIDTH; x++) {
    context.fillStyle = css(colourAt(range.jacobian ? "change" : "amount", x / (WIDTH - 1)));
    context.fillRect(x, 0, 1, 12);
  }
  const ends = range.jacobian
    ? ["¼ shrinks", "1", "4 grows"]
    : [range.low, (range.low + range.high) / 2, range.high].map((value) => `${Number(value.toPrecision(3))}${unit}`);
  const ticks = element("div", { class: "ticks" }, ends.map((text) => element("span", { text })));
  return element("div", { class: "legend" }, [canvas, ticks, ...(range.jacobian ? [foldSign()] : [])]);
}

function foldSign(): HTMLElement {
  const sign = element("canvas", { width: "12", height: "12" });
  const context = sign.getContext("2d")!;
  context.fillStyle = css(FOLD);
  context.fillRect(0, 0, 12, 12);
  return element("div", { class: "fold" }, [sign, " folds (determinant at or below 0)"]);
}

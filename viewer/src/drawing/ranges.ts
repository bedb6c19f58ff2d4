// Which values the ends of a map's colours stand for.
import { quantiles, type Volume } from "../scans/volume";

export interface MapRange {
  readonly low: number;
  readonly high: number;
  readonly jacobian: boolean;
}

/** A quarter of the volume to four times the volume; grey where nothing changed. */
export const JACOBIAN_RANGE: MapRange = { low: 0.25, high: 4, jacobian: true };

/** From 0 to a round number that nearly all values stay below. */
export function amountRange(map: Volume): MapRange {
  const [most] = quantiles(map.values, [0.98]) as [number];
  return { low: 0, high: roundUp(Math.max(most, 1e-6)), jacobian: false };
}

function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5, 10].find((step) => step * power >= value) ?? 10) * power;
}

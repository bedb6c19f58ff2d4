// Numbers become colours that colour-blind people tell apart: cividis for amounts, blue to orange for more or less.

export type Rgb = readonly [number, number, number];
export type MapColours = "amount" | "change";

/** Every 32nd colour of cividis (Nuñez, Anderton and Renslow, 2018); straight lines between them. */
const AMOUNT: readonly Rgb[] = [
  [0, 34, 78], [18, 53, 112], [59, 73, 108], [87, 93, 109], [112, 113, 115], [138, 134, 120], [165, 156, 116],
  [195, 179, 105], [254, 232, 56],
];
/** Blue, grey, orange: apart in lightness from the middle, in hue for every kind of colour blindness. */
const CHANGE: readonly Rgb[] = [
  [33, 102, 208], [110, 160, 225], [225, 225, 225], [240, 170, 90], [200, 85, 0],
];
export const FOLD: Rgb = [255, 0, 200];
const SCALES: Readonly<Record<MapColours, readonly Rgb[]>> = { amount: AMOUNT, change: CHANGE };

/** The colour at a share from 0 to 1 of a scale. */
export function colourAt(name: MapColours, share: number): Rgb {
  const scale = SCALES[name];
  const at = Math.min(Math.max(share, 0), 1) * (scale.length - 1);
  const low = Math.min(Math.floor(at), scale.length - 2);
  const [a, b] = [scale[low]!, scale[low + 1]!];
  const mixed = (n: 0 | 1 | 2) => Math.round(a[n] + (b[n] - a[n]) * (at - low));
  return [mixed(0), mixed(1), mixed(2)];
}

export function css(colour: Rgb): string {
  return `rgb(${colour.join(" ")})`;
}

/** 256 colours as the bytes of a texture, RGBA. */
export function table(name: MapColours): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4 * 256);
  for (let n = 0; n < 256; n++) bytes.set([...colourAt(name, n / 255), 255], 4 * n);
  return bytes;
}

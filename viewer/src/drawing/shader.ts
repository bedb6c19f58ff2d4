// What the graphics card does for every pixel of a slice: patient point, two scans, how they are compared, a map on top.

export const VERTEX = `#version 300 es
in vec2 corner;
void main() { gl_Position = vec4(corner, 0.0, 1.0); }`;

/** Ways to show two scans at once, in the order the shader counts them. */
export const MODES = ["first", "second", "blend", "colours", "checker", "swipe", "difference"] as const;
export type Mode = (typeof MODES)[number];

export const FRAGMENT = `#version 300 es
precision highp float;
precision highp sampler3D;
uniform vec4 pane;            // left, bottom, width, height in pixels of the canvas
uniform vec3 corner;          // patient point (mm) of the pane's top left corner
uniform vec3 right, down;     // patient mm per pixel
uniform mat4 toFirst, toSecond, toMap;
uniform sampler3D first, second, map;
uniform sampler2D colours;
uniform int mode;
uniform float share, square;  // slider, 0 to 1; edge of a checkerboard's square in pixels
uniform vec2 shown;           // darkest value, width of the window
uniform vec4 range;           // low, high, opacity, 1 for Jacobian determinants
out vec4 colour;

bool inside(vec3 at) { return all(greaterThanEqual(at, vec3(0.0))) && all(lessThanEqual(at, vec3(1.0))); }

float grey(sampler3D scan, vec3 at) {
  return inside(at) ? clamp((texture(scan, at).r - shown.x) / shown.y, 0.0, 1.0) : 0.0;
}

/** Whether a pixel shows the first scan where the two take turns. */
bool firstHere(vec2 pixel) {
  if (mode == 4) return mod(floor(pixel.x / square) + floor(pixel.y / square), 2.0) < 0.5;
  return mode == 0 || (mode == 5 && pixel.x < share * pane.z);
}

/** Reads only what it shows: reading is what costs. */
vec3 compared(vec3 atFirst, vec3 atSecond, vec2 pixel) {
  if (mode == 5 && abs(pixel.x - share * pane.z) < 1.0) return vec3(1.0, 0.85, 0.2);
  if (firstHere(pixel)) return vec3(grey(first, atFirst));
  if (mode != 2 && mode != 3) return vec3(grey(second, atSecond));
  float a = grey(first, atFirst), b = grey(second, atSecond);
  return mode == 2 ? vec3(mix(a, b, share)) : vec3(b, 0.5 * (a + b), a);
}

vec3 difference(vec3 atFirst, vec3 atSecond) {
  if (!inside(atFirst) || !inside(atSecond)) return vec3(0.0);
  float more = (texture(second, atSecond).r - texture(first, atFirst).r) / shown.y;
  return texture(colours, vec2(clamp(0.5 + 0.5 * more, 0.0, 1.0), 0.75)).rgb;
}

vec3 covered(vec3 below, vec3 at) {
  if (range.z <= 0.0 || !inside(at)) return below;
  float value = texture(map, at).r;
  if (range.w > 0.5 && value <= 0.0) return vec3(1.0, 0.0, 0.78);
  float amount = (value - range.x) / (range.y - range.x);
  float change = (log(value) - log(range.x)) / (log(range.y) - log(range.x));
  float much = range.w > 0.5 ? abs(2.0 * change - 1.0) : amount;  // what is sure or unchanged stays visible below
  vec2 scale = range.w > 0.5 ? vec2(change, 0.75) : vec2(amount, 0.25);
  return mix(below, texture(colours, scale).rgb, range.z * clamp(0.2 + 1.2 * much, 0.0, 1.0));
}

void main() {
  vec2 pixel = vec2(gl_FragCoord.x - pane.x, pane.y + pane.w - gl_FragCoord.y);
  vec4 point = vec4(corner + pixel.x * right + pixel.y * down, 1.0);
  vec3 atFirst = (toFirst * point).xyz, atSecond = (toSecond * point).xyz;
  vec3 seen = mode == 6 ? difference(atFirst, atSecond) : compared(atFirst, atSecond, pixel);
  colour = vec4(covered(seen, (toMap * point).xyz), 1.0);
}`;

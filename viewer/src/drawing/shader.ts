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

vec3 compared(float a, float b, vec2 pixel) {
  if (mode == 0) return vec3(a);
  if (mode == 1) return vec3(b);
  if (mode == 2) return vec3(mix(a, b, share));
  if (mode == 3) return vec3(b, 0.5 * (a + b), a);
  if (mode == 4) return vec3(mod(floor(pixel.x / square) + floor(pixel.y / square), 2.0) < 0.5 ? a : b);
  if (mode == 5) return abs(pixel.x - share * pane.z) < 1.0 ? vec3(1.0, 0.85, 0.2) : vec3(pixel.x < share * pane.z ? a : b);
  return vec3(0.0);
}

vec3 difference(vec3 atFirst, vec3 atSecond) {
  if (!inside(atFirst) || !inside(atSecond)) return vec3(0.0);
  float more = (texture(second, atSecond).r - texture(first, atFirst).r) / shown.y;
  return texture(colours, vec2(clamp(0.5 + 0.5 * more, 0.0, 1.0), 0.75)).rgb;
}

vec3 covered(vec3 below, vec3 at) {
  if (range.z <= 0.0 || !inside(at)) return below;
  float value = texture(map, at).r;
  if (range.w < 0.5)
    return mix(below, texture(colours, vec2((value - range.x) / (range.y - range.x), 0.25)).rgb, range.z);
  if (value <= 0.0) return vec3(1.0, 0.0, 0.78);
  float change = (log(value) - log(range.x)) / (log(range.y) - log(range.x));
  return mix(below, texture(colours, vec2(change, 0.75)).rgb, range.z);
}

void main() {
  vec2 pixel = vec2(gl_FragCoord.x - pane.x, pane.y + pane.w - gl_FragCoord.y);
  vec4 point = vec4(corner + pixel.x * right + pixel.y * down, 1.0);
  vec3 atFirst = (toFirst * point).xyz, atSecond = (toSecond * point).xyz;
  vec3 seen = mode == 6 ? difference(atFirst, atSecond) : compared(grey(first, atFirst), grey(second, atSecond), pixel);
  colour = vec4(covered(seen, (toMap * point).xyz), 1.0);
}`;

// The panel of doubt: maps with their legends, displacement, keypoints, figures, and where to look first.
import type { MapName } from "../api/registrations";
import type { Report } from "../api/model";
import type { MapRange } from "../drawing/ranges";
import type { Doubtful } from "../scans/doubtful";
import { goTo, type SceneStore } from "../viewing/scene";
import { button, element } from "../widgets/element";
import { choice, figures, number, section, slider } from "../widgets/controls";
import { legend } from "./legend";

const MAPS: readonly (readonly [string, MapName | undefined, string?])[] = [
  ["None", undefined],
  ["Expected error", "error", "Calibrated, mm; before corrections"],
  ["90 % bound", "bound", "Nine errors in ten are smaller; before corrections"],
  ["Volume change", "jacobian", "Jacobian determinant, with corrections; folds are marked"],
  ["Attention", "attention", "Standard deviation of the attention scores; before corrections"],
];

export interface DoubtPanel {
  readonly element: HTMLElement;
  range(range: MapRange, map: MapName): void;
  places(list: readonly Doubtful[]): void;
  report(report: Report): void;
}

export function doubtPanel(scene: SceneStore): DoubtPanel {
  const maps = choice("Map", MAPS, (map) => scene.change({ map }));
  const opacity = slider("Opacity", (value) => scene.change({ opacity: value }));
  const vectors = choice("Displacement", [["None", "none"], ["Arrows", "arrows"], ["Grid", "grid"]] as const, (value) => scene.change({ vectors: value }));
  const points = choice("Keypoints", [["Hidden", false], ["Shown", true]] as const, (value) => scene.change({ keypoints: value }));
  const scale = element("div");
  const places = element("ol", { class: "places" });
  const table = element("div");
  const show = (): void => {
    maps.show(scene.now.map);
    opacity.show(scene.now.opacity);
    vectors.show(scene.now.vectors);
    points.show(scene.now.keypoints);
    scale.hidden = scene.now.map === undefined;
  };
  scene.follow(show);
  show();
  return {
    element: element("div", {}, [
      section("Look here first", [places]),
      section("Map", [maps.element, scale, opacity.element]),
      section("Displacement", [vectors.element]),
      section("Keypoints and matches", [points.element]),
      section("Figures", [table]),
    ]),
    range: (range, map) => scale.replaceChildren(legend(range, map === "error" || map === "bound" ? " mm" : "")),
    places: (list) => places.replaceChildren(...list.map((one) => element("li", {}, [place(scene, one)]))),
    report: (report) => table.replaceChildren(figuresOf(report)),
  };
}

function place(scene: SceneStore, one: Doubtful): HTMLElement {
  const [x, y, z] = one.point.map((v) => v.toFixed(0));
  return button(`${number(one.error, 1)} mm at (${x}, ${y}, ${z})`, () => goTo(scene, one.point));
}

function figuresOf(report: Report): HTMLElement {
  const { jacobian, displacement_mm: moved, expected_error_mm: error, bound_mm: bound, likeness } = report;
  return figures([
    ["Displacement, median / largest", `${number(moved.median, 1)} / ${number(moved.max, 1)} mm`],
    ["Expected error, median / p90", `${number(error.median, 1)} / ${number(error.p90, 1)} mm`],
    [`${number(100 * bound.level, 0)} % bound, median`, number(bound.median, 1, " mm")],
    ["Correlation before → after", `${number(likeness["correlation_before"], 3)} → ${number(likeness["correlation_after"], 3)}`],
    ["Folds", number(jacobian["folds"], 0)],
    ["Jacobian, smallest / largest", `${number(jacobian["jacobian_min"])} / ${number(jacobian["jacobian_max"])}`],
    ["SD log J", number(jacobian["sd_log_jacobian"], 3)],
    ["Keypoints", String(report.keypoints)],
    ["Model", `${report.model.name} ${report.model.version}`],
    ["Preset", report.preset],
  ]);
}

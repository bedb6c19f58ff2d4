// The result of a registration on the screen: panes, panels, hands and keys put together.
import { correspondences } from "../api/corrections";
import { amountRange, JACOBIAN_RANGE } from "../drawing/ranges";
import { comparePanel } from "../panels/compare";
import { correctPanel } from "../panels/correct";
import { doubtPanel, type DoubtPanel } from "../panels/doubt";
import { mostDoubtful } from "../scans/doubtful";
import { Corrector } from "../session/corrector";
import { followCursor, latest, Lattices } from "../session/follower";
import { Maps, open, type Opened } from "../session/opened";
import { Placer } from "../session/placing";
import { minus, plus } from "../space/vector";
import { attach } from "../viewing/gestures";
import { attachKeys } from "../viewing/keys";
import { Navigation } from "../viewing/navigation";
import { firstScene, goTo, type SceneStore } from "../viewing/scene";
import { Screen } from "../viewing/screen";
import { Store } from "../viewing/store";
import { element } from "../widgets/element";
import { tell, telling } from "../widgets/notice";
import { handOf } from "./hand";
import { addMarkers } from "./markers";
import { readout } from "./readout";
import { tabs } from "./tabs";

export async function resultPage(place: HTMLElement, id: string, signal: AbortSignal): Promise<void> {
  const bar = element("progress", { max: "5", value: "0" });
  place.replaceChildren(element("main", { class: "waiting" }, [element("p", { text: "Loading the scans …", role: "status" }), bar]));
  const [opened, list] = await Promise.all([open(id, (done) => (bar.value = done)), correspondences(id)]);
  if (signal.aborted) return;
  const scene: SceneStore = new Store(firstScene(opened.fixed, opened.report.preset));
  const [low, high] = opened.fixed.grid.extent;
  const screen = new Screen(scene, minus(high, low));
  const corrector = new Corrector(opened, list, {
    block: (box, values) => {
      screen.slices.replaceBlock("warped", box, values);
      screen.drawBlock(opened.fixed.grid, box);
      screen.slices.finish();
      performance.mark("drawn");
    },
    whole: (warped) => {
      screen.slices.keep("warped", warped);
      screen.redrawAll();
    },
    overtaken: (revision) =>
      tell("Someone else has corrected this registration", `Revision ${revision} is shown now; your last click was not applied. Look again and repeat it if it is still needed.`),
  });
  const placer = new Placer(corrector);
  const doubt = doubtPanel(scene);
  const maps = new Maps(id);
  const suggest = async (): Promise<void> => {
    const known = corrector.state.now.list.map((one) => one.fixed);
    const [place] = mostDoubtful(await maps.get("error", 0), opened.fixed, 1, known);
    if (!place) return tell("Nothing left to suggest", "Every doubtful place has a correction near it.");
    placer.drop();
    goTo(scene, place.point);
  };
  const side = tabs(scene, { compare: comparePanel(scene, opened.fixed), doubt: doubt.element, correct: correctPanel(scene, corrector, placer, suggest) });
  place.replaceChildren(element("main", { class: "result" }, [screen.element, element("aside", {}, [readout(scene, opened), side])]));

  show(opened, screen);
  connect(opened, screen, corrector, placer, signal);
  followMaps(opened, maps, screen, corrector, doubt);
  place.dataset["ready"] = id;
}

function show(opened: Opened, screen: Screen): void {
  for (const [name, volume] of [["fixed-scan", opened.fixed], ["moving-scan", opened.moving], ["warped", opened.warped]] as const)
    screen.slices.keep(name, volume);
  screen.draw();
}

/** Show the whole of the scan again. */
function fit(opened: Opened, scene: SceneStore): void {
  const { cursor } = scene.now;
  const { middle } = opened.fixed.grid;
  scene.change({ zoom: 1, centre: { fixed: middle, moving: plus(middle, minus(cursor.moving, cursor.fixed)) } });
}

function connect(opened: Opened, screen: Screen, corrector: Corrector, placer: Placer, signal: AbortSignal): void {
  const { scene } = screen;
  const id = opened.registration.id;
  const navigation = new Navigation(scene, opened.fixed, opened.moving);
  const hand = handOf(scene, navigation, placer, opened.fixed);
  for (const pane of screen.panes) attach(pane, scene, hand);
  const lattices = new Lattices(id, screen, opened.fixed);
  addMarkers(screen, opened, corrector, placer, lattices);
  const follow = followCursor(id, scene, opened.fixed, (landing) => placer.landed(landing));
  follow();
  corrector.state.follow((now, before) => {
    if (now.revision !== before.revision) [follow, lattices.refresh].forEach((again) => again());
    screen.remark();
  });
  placer.state.follow(() => screen.remark());
  const detach = attachKeys(screen, navigation, {
    undo: () => void telling(() => corrector.undo()),
    redo: () => void telling(() => corrector.redo()),
    remove: () => void telling(() => placer.remove()),
    drop: () => placer.drop(),
  });
  const refit = (): void => fit(opened, scene);
  document.addEventListener("fit", refit);
  signal.addEventListener("abort", () => {
    detach();
    document.removeEventListener("fit", refit);
  });
}

/** Fetch what is looked at: the chosen map, and the figures and places of the panel of doubt. */
function followMaps(opened: Opened, maps: Maps, screen: Screen, corrector: Corrector, doubt: DoubtPanel): void {
  const { scene } = screen;
  let shown = "";
  const refresh = latest(async () => {
    const { map } = scene.now;
    const { revision } = corrector.state.now;
    const wanted = map === "jacobian" ? `${map}@${revision}` : (map ?? "");
    if (!map || wanted === shown) return;
    const volume = await maps.get(map, revision);
    screen.slices.keep(map, volume);
    screen.mapRange = map === "jacobian" ? JACOBIAN_RANGE : amountRange(volume);
    doubt.range(screen.mapRange, map);
    shown = wanted;
    screen.redrawAll();
  });
  let listed = false;
  const list = latest(async () => {
    if (listed || scene.now.tab !== "doubt") return;
    listed = true;
    doubt.report(opened.report);
    doubt.places(mostDoubtful(await maps.get("error", 0), opened.fixed));
  });
  scene.follow(() => [refresh, list].forEach((again) => again()));
  corrector.state.follow(refresh);
}

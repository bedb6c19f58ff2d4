// The panel of corrections: what to do next, what each correction does, undo and redo, earlier revisions.
import type { Corrector } from "../session/corrector";
import type { Placer } from "../session/placing";
import { goTo, type SceneStore } from "../viewing/scene";
import { button, element } from "../widgets/element";
import { figures, number, section } from "../widgets/controls";
import { telling } from "../widgets/notice";

/** suggest: goes to where the next correction helps most. */
export function correctPanel(scene: SceneStore, corrector: Corrector, placer: Placer, suggest: () => Promise<void>): HTMLElement {
  const hint = element("p", { class: "hint" });
  const list = element("ul", { class: "corrections" });
  const facts = element("div");
  const history = element("ol", { class: "revisions", reversed: "" });
  const undo = button("Undo", () => telling(() => corrector.undo()), { title: "Ctrl + Z" });
  const redo = button("Redo", () => telling(() => corrector.redo()), { title: "Ctrl + Shift + Z" });
  const where = button("Where next?", () => telling(suggest), { title: "Go to the most doubtful place without a correction near it" });
  let shownRevision = -1;

  const show = (): void => {
    const { list: all, past, future, busy, revision } = corrector.state.now;
    hint.textContent = hintFor(placer, all.some((one) => one.id === placer.state.now.id), busy);
    undo.disabled = busy || !past.length;
    redo.disabled = busy || !future.length;
    list.replaceChildren(...all.map((one) => correctionLine(one.id, scene, corrector, placer)));
    facts.replaceChildren(factsOf(corrector));
    if (shownRevision !== revision) void telling(showHistory);
    shownRevision = revision;
  };
  const showHistory = async (): Promise<void> => {
    const all = await corrector.revisions();
    history.replaceChildren(
      ...all.toReversed().map((one) => {
        const text = `${one.action}, ${one.correspondences} correction${one.correspondences === 1 ? "" : "s"}, by ${one.by}`;
        const current = one.revision === corrector.state.now.revision;
        const restore = button("Restore", () => telling(() => corrector.restore(one.revision)));
        return element("li", { value: String(one.revision) }, [`${text} `, current ? element("em", { text: "now" }) : restore]);
      }),
    );
  };
  corrector.state.follow(show);
  placer.state.follow(show);
  show();
  return element("div", {}, [
    section("Correct", [hint, element("div", { class: "choice" }, [undo, redo, where])]),
    section("Corrections", [list, facts]),
    section("Revisions", [history]),
  ]);
}

function hintFor(placer: Placer, exists: boolean, busy: boolean): string {
  const { fixed, id } = placer.state.now;
  if (busy) return "Correcting …";
  if (!fixed) return "1. Click a point in the fixed scan (upper row) that you recognise.";
  if (exists) return `“${id}”: click or drag its place in the moving scan (lower row) to move it; Delete removes it.`;
  return "2. The dashed ring shows where the registration has it. Click or drag the right place in the moving scan (lower row).";
}

function correctionLine(id: string, scene: SceneStore, corrector: Corrector, placer: Placer): HTMLElement {
  const one = corrector.state.now.list.find((other) => other.id === id)!;
  const residual = corrector.state.now.last?.residuals.find((r) => r.id === id);
  const relaxed = corrector.state.now.last?.relaxed.includes(id);
  const chosen = placer.state.now.id === id;
  const choose = button(id, () => {
    placer.choose(one);
    goTo(scene, one.fixed);
  }, { "aria-pressed": String(chosen) });
  const said = residual ? ` ${number(residual.before, 1)} → ${number(residual.after, 2)} mm${relaxed ? ", in part: it would fold" : ""}` : "";
  const remove = button("Delete", () => telling(() => corrector.remove(id)), { "aria-label": `Delete ${id}` });
  return element("li", {}, [choose, element("span", { text: said }), remove]);
}

function factsOf(corrector: Corrector): HTMLElement {
  const { last, revision } = corrector.state.now;
  const rows: [string, string][] = [["Revision", String(revision)]];
  if (last) {
    const size = last.box.stop.map((v, axis) => Math.max(0, v - last.box.start[axis]!));
    rows.push(["Changed block", `${size.join(" × ")} voxels`], ["Folds in it", String(last.folds)]);
  }
  return figures(rows);
}

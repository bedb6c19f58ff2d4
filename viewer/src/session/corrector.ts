// Clicks become edits of the correction set; the changed block of the warped scan comes out, and undo, redo, restore.
import * as api from "../api/corrections";
import { Refusal } from "../api/http";
import type { Correspondence, Revision } from "../api/model";
import * as registrations from "../api/registrations";
import type { Box, Volume } from "../scans/volume";
import { pulled, replaceBlock } from "../scans/warp";
import { Store } from "../viewing/store";
import type { Opened } from "./opened";
import { measureClick } from "./timing";

type CorrectionList = readonly Correspondence[];

export interface Corrections {
  readonly tag: string;
  readonly revision: number;
  readonly list: CorrectionList;
  /** What the last edit did; nothing before the first one. */
  readonly last: Omit<api.Edited, "block"> | undefined;
  readonly past: readonly CorrectionList[];
  readonly future: readonly CorrectionList[];
  readonly busy: boolean;
}

/** Who shows what has changed. */
export interface Shows {
  block(box: Box, values: Float32Array): void;
  whole(warped: Volume): void;
  /** Someone else has corrected the registration meanwhile; their revision is shown now. */
  overtaken(revision: number): void;
}

export class Corrector {
  readonly state: Store<Corrections>;
  private readonly id: string;

  constructor(
    private readonly opened: Opened,
    list: CorrectionList,
    private readonly shows: Shows,
  ) {
    this.id = opened.registration.id;
    const { tag, revision } = opened;
    this.state = new Store<Corrections>({ tag, revision, list, last: undefined, past: [], future: [], busy: false });
  }

  /** Add a correction, or move the one of the same id. */
  set(one: Correspondence): Promise<boolean> {
    return this.become([...this.state.now.list.filter((other) => other.id !== one.id), one]);
  }

  remove(id: string): Promise<boolean> {
    return this.become(this.state.now.list.filter((one) => one.id !== id));
  }

  async undo(): Promise<void> {
    const { past, future, list } = this.state.now;
    if (past.length && (await this.apply(past.at(-1)!))) this.state.change({ past: past.slice(0, -1), future: [list, ...future] });
  }

  async redo(): Promise<void> {
    const { past, future, list } = this.state.now;
    if (future.length && (await this.apply(future[0]!))) this.state.change({ past: [...past, list], future: future.slice(1) });
  }

  async restore(revision: number): Promise<void> {
    const { past, list } = this.state.now;
    const done = await this.alone(() => api.restore(this.id, this.state.now.tag, revision));
    if (done) this.state.change({ list: await api.correspondences(this.id), past: [...past, list], future: [] });
  }

  revisions(): Promise<readonly Revision[]> {
    return api.revisions(this.id);
  }

  /** The first number that no correction has. */
  get nextId(): string {
    const taken = new Set(this.state.now.list.map((one) => one.id));
    let number = 1;
    while (taken.has(`point ${number}`)) number++;
    return `point ${number}`;
  }

  private async become(next: CorrectionList): Promise<boolean> {
    const { past, list } = this.state.now;
    const done = await this.apply(next);
    if (done) this.state.change({ past: [...past, list], future: [] });
    return done;
  }

  private async apply(next: CorrectionList): Promise<boolean> {
    const change = difference(this.state.now.list, next);
    if (!change.set.length && !change.remove.length) return false;
    const done = await this.alone(() => api.edit(this.id, this.state.now.tag, change));
    if (done) this.state.change({ list: next });
    return done;
  }

  /** One edit at a time; whether it was done. A stale revision is loaded anew. */
  private async alone(work: () => Promise<api.Edited | undefined>): Promise<boolean> {
    if (this.state.now.busy) return false;
    this.state.change({ busy: true });
    try {
      const edited = await work();
      if (edited) this.show(edited);
      else await this.reload();
      return edited !== undefined;
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== "revision-stale") throw error;
      await this.reload();
      this.shows.overtaken(this.state.now.revision);
      return false;
    } finally {
      this.state.change({ busy: false });
    }
  }

  private show({ block, ...edited }: api.Edited): void {
    if (block) {
      performance.mark("answered");
      const values = pulled(this.opened.moving, block, this.opened.outside);
      replaceBlock(this.opened.warped, edited.box, values);
      performance.mark("warped");
      this.shows.block(edited.box, values);
      measureClick(edited.serviceMs);
    }
    this.state.change({ tag: edited.tag, revision: edited.revision, last: edited });
  }

  private async reload(): Promise<void> {
    const { registration, tag } = await registrations.read(this.id);
    const revision = registration.revision ?? 0;
    const [list, warped] = await Promise.all([api.correspondences(this.id), registrations.volume(this.id, "warped", revision)]);
    this.opened.warped.values.set(warped.values);
    this.shows.whole(this.opened.warped);
    this.state.change({ tag, revision, list, last: undefined, past: [], future: [] });
  }
}

/** What turns one set into the other. */
function difference(before: CorrectionList, after: CorrectionList): api.Edit {
  const same = (a: Correspondence, b: Correspondence) => a.id === b.id && `${a.fixed}` === `${b.fixed}` && `${a.moving}` === `${b.moving}`;
  return {
    set: after.filter((one) => !before.some((other) => same(one, other))),
    remove: before.filter((one) => !after.some((other) => other.id === one.id)).map((one) => one.id),
  };
}

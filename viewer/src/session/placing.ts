// Two clicks become a correction: a point of the fixed scan, then the place in the moving scan where it belongs.
import type { Correspondence } from "../api/model";
import { distance, type Point } from "../space/vector";
import { Store } from "../viewing/store";
import type { Corrector } from "./corrector";

export interface Placing {
  /** The correction that is chosen: an existing one, or the one that the next click in the moving scan makes. */
  readonly id: string | undefined;
  readonly fixed: Point | undefined;
  /** Where the registration takes it. */
  readonly landing: Point | undefined;
  /** Where the person points, while they do. */
  readonly target: Point | undefined;
}

const NOTHING: Placing = { id: undefined, fixed: undefined, landing: undefined, target: undefined };

export class Placer {
  readonly state = new Store<Placing>(NOTHING);

  constructor(private readonly corrector: Corrector) {}

  /** A point of the fixed scan was clicked: a correction within `reach` mm is chosen, or a new one begins. */
  begin(fixed: Point, reach: number): void {
    const away = (one: Correspondence) => distance(one.fixed, fixed);
    const near = this.corrector.state.now.list.filter((one) => away(one) <= reach).sort((a, b) => away(a) - away(b))[0];
    this.state.change({ ...NOTHING, id: near?.id ?? this.corrector.nextId, fixed: near?.fixed ?? fixed });
  }

  choose(one: Correspondence): void {
    this.state.change({ ...NOTHING, id: one.id, fixed: one.fixed });
  }

  landed(landing: Point): void {
    if (this.state.now.fixed) this.state.change({ landing });
  }

  /** The person points at a place of the moving scan, and may still move on. */
  aim(target: Point): void {
    if (this.state.now.fixed) this.state.change({ target });
  }

  /** The place is final: send it. Whether there was something to send, and it was taken. */
  async settle(): Promise<boolean> {
    const { id, fixed, target } = this.state.now;
    if (!id || !fixed || !target) return false;
    performance.mark("click");
    try {
      return await this.corrector.set({ id, fixed, moving: target });
    } finally {
      if (this.state.now.id === id) this.state.change({ target: undefined });
    }
  }

  async remove(): Promise<void> {
    const { id } = this.state.now;
    const exists = this.corrector.state.now.list.some((one) => one.id === id);
    this.drop();
    if (id && exists) await this.corrector.remove(id);
  }

  drop(): void {
    this.state.change(NOTHING);
  }
}

// A state that is replaced, never changed in place, and those who follow it.

export class Store<State extends object> {
  private readonly followers = new Set<(now: State, before: State) => void>();

  constructor(private state: State) {}

  get now(): State {
    return this.state;
  }

  change(part: Partial<State>): void {
    const before = this.state;
    this.state = { ...before, ...part };
    for (const follower of this.followers) follower(this.state, before);
  }

  /** Called after every change. */
  follow(follower: (now: State, before: State) => void): void {
    this.followers.add(follower);
  }
}

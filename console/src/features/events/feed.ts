// The events of a page: kept outside of React, at most `kept` of them, and shown in batches. While somebody reads (or has
// paused), what is shown stands still and new events are only counted; they are taken in when reading goes on.
import type { LiveEvent } from "./event";

export interface FeedView {
  events: readonly LiveEvent[]; // oldest first; a list of its own, never changed
  fresh: number; // that would be shown if it did not stand still
  kept: number;
  arrived: number; // since the page was opened or cleared
}

type Wanted = (event: LiveEvent) => boolean;

export class EventFeed {
  private readonly events: LiveEvent[] = [];
  private arrived = 0;
  private wanted: Wanted = () => true;
  private still = false;
  private fresh = 0;
  private due = false;
  private shown: FeedView = { events: [], fresh: 0, kept: 0, arrived: 0 };
  private readonly listeners = new Set<() => void>();

  // `soon` calls back once, when it is time to draw.
  constructor(
    private readonly max: number,
    private readonly soon: (draw: () => void) => void,
  ) {}

  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  };
  readonly view = (): FeedView => this.shown;

  add(events: readonly LiveEvent[]) {
    if (events.length === 0) return;
    this.arrived += events.length;
    for (const event of events) {
      this.events.push(event);
      if (this.still && this.wanted(event)) this.fresh += 1;
    }
    if (this.events.length > this.max) this.events.splice(0, this.events.length - this.max);
    this.fresh = Math.min(this.fresh, this.max);
    this.draw();
  }
  setWanted(wanted: Wanted) {
    this.wanted = wanted;
    this.fresh = 0;
    this.show();
  }
  // Standing still, or taking in what came meanwhile.
  setStill(still: boolean) {
    if (this.still === still) return;
    this.still = still;
    if (still) return;
    this.fresh = 0;
    this.show();
  }
  clear() {
    this.events.length = 0;
    this.arrived = 0;
    this.fresh = 0;
    this.show();
  }

  private draw() {
    if (this.due) return;
    this.due = true;
    this.soon(() => {
      this.due = false;
      if (!this.still) return this.show();
      this.publish({ ...this.shown, fresh: this.fresh, kept: this.events.length, arrived: this.arrived });
    });
  }
  // Also while it stands still: a new filter is wanted at once.
  private show() {
    this.publish({
      events: this.events.filter(this.wanted),
      fresh: 0,
      kept: this.events.length,
      arrived: this.arrived,
    });
  }
  private publish(view: FeedView) {
    this.shown = view;
    for (const listener of this.listeners) listener();
  }
}

// At most ten pictures a second, each in a frame of the browser's: a row that stands for less cannot be read.
export function nextPicture(draw: () => void) {
  window.setTimeout(() => window.requestAnimationFrame(draw), 90);
}

// The connection to a stream of events: opened, watched, and opened again when it breaks.
import { ApiError, openStream } from "../../api/client";
import { type LiveEvent, readEvent } from "./event";
import { SseParser } from "./sse";

export type Connection =
  | { state: "connecting" }
  | { state: "live" }
  | { state: "waiting"; until: number; problem: Error } // tries again at that time
  | { state: "refused"; problem: Error }; // trying again by itself would not help

// The server says something every 9 s; after this much silence it is gone.
const kSilenceMs = 20_000;
const kWaitsMs = [1000, 2000, 4000, 8000, 15_000];

export class StreamConnection {
  private closed = false;
  private abort = new AbortController();
  private wake: () => void = () => {};
  private number = 0;
  private failures = 0;

  constructor(
    private readonly path: string,
    private readonly onEvents: (events: LiveEvent[]) => void,
    private readonly onState: (state: Connection) => void,
  ) {
    void this.run();
  }

  close() {
    this.closed = true;
    this.abort.abort();
    this.wake();
  }
  // Now, instead of at the end of the wait.
  retry() {
    this.wake();
  }

  private tell(state: Connection) {
    if (!this.closed) this.onState(state);
  }

  private async run() {
    while (!this.closed) {
      this.tell({ state: "connecting" });
      let problem: Error = new ApiError(0, { error: "The server closed the stream." });
      try {
        await this.listen();
      } catch (thrown) {
        problem = thrown instanceof ApiError ? thrown : new ApiError(0, {});
      }
      if (this.closed) return;
      const status = problem instanceof ApiError ? problem.status : 0;
      const lasting = status >= 400 && status < 500 && status !== 429 && status !== 408;
      if (lasting) {
        this.tell({ state: "refused", problem });
        await this.sleep(null);
      } else {
        const asked = problem instanceof ApiError ? (problem.retryAfter ?? 0) * 1000 : 0;
        const wait = Math.max(asked, kWaitsMs[Math.min(this.failures, kWaitsMs.length - 1)] ?? 1000);
        this.failures += 1;
        this.tell({ state: "waiting", until: Date.now() + wait, problem });
        await this.sleep(wait);
      }
    }
  }

  private async listen() {
    this.abort = new AbortController();
    const silence = () => window.setTimeout(() => this.abort.abort(), kSilenceMs);
    let timer = silence();
    try {
      const reader = (await openStream(this.path, this.abort.signal)).getReader();
      this.tell({ state: "live" });
      const parser = new SseParser();
      const decoder = new TextDecoder();
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        this.failures = 0;
        window.clearTimeout(timer);
        timer = silence();
        const events: LiveEvent[] = [];
        for (const sent of parser.feed(decoder.decode(value, { stream: true }))) {
          const event = readEvent(sent.name, sent.data, this.number + 1);
          if (event === null) continue;
          this.number += 1;
          events.push(event);
        }
        if (!this.closed) this.onEvents(events);
      }
    } finally {
      window.clearTimeout(timer);
    }
  }

  private sleep(ms: number | null): Promise<void> {
    return new Promise((done) => {
      const timer = ms === null ? undefined : window.setTimeout(done, ms);
      this.wake = () => {
        window.clearTimeout(timer);
        done();
      };
    });
  }
}

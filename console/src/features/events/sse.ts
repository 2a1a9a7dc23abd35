// Server-sent events from text that comes in pieces. The browser's EventSource hands on only names that were asked for
// one by one; here names are what devices make up. Pure.

export interface SentEvent {
  name: string;
  data: string;
}

export class SseParser {
  private rest = "";
  private name = "";
  private data: string[] = [];

  // The events that are complete with this piece.
  feed(piece: string): SentEvent[] {
    const events: SentEvent[] = [];
    const text = this.rest + piece;
    let from = 0;
    for (;;) {
      const end = text.indexOf("\n", from);
      if (end < 0) break;
      this.line(text.slice(from, text[end - 1] === "\r" ? end - 1 : end), events);
      from = end + 1;
    }
    this.rest = text.slice(from);
    return events;
  }

  private line(line: string, events: SentEvent[]) {
    if (line === "") {
      if (this.data.length > 0) events.push({ name: this.name || "message", data: this.data.join("\n") });
      this.name = "";
      this.data = [];
      return;
    }
    const colon = line.indexOf(":");
    if (colon === 0) return; // a comment keeps the connection alive
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (field === "event") this.name = value;
    if (field === "data") this.data.push(value);
  }
}

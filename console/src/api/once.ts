// What makes something is sent with a key, so that a second click, or another try after no answer came, makes one and
// gets the first answer. The key is that of one submission: it stays while the same is sent, until it has been answered.
import { useState } from "react";
import { ApiError, send } from "./client";

const kTries = 10;

// The browser has randomUUID() on secure origins only.
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Once {
  private sent = "";
  private key = "";

  async post<T>(path: string, body: unknown): Promise<T> {
    const text = `${path}\n${JSON.stringify(body)}`;
    if (text !== this.sent) {
      this.sent = text;
      this.key = newKey();
    }
    const headers = { "Idempotency-Key": this.key };
    for (let tries = 1; ; tries += 1) {
      try {
        const answer = await send<T>("POST", path, body, headers);
        if (this.key === headers["Idempotency-Key"]) this.sent = "";
        return answer;
      } catch (problem) {
        // The first of two clicks is being worked on: its answer is that of the second, too.
        const underWay = problem instanceof ApiError && problem.code === "idempotency_under_way";
        if (!underWay || tries === kTries) throw problem;
        await new Promise((resolve) => window.setTimeout(resolve, 1000 * (problem.retryAfter ?? 1)));
      }
    }
  }
}

// One for each form.
export function useOnce(): Once {
  return useState(() => new Once())[0];
}
